// Package doctor examines a configuration, the machine and, where one runs, the gateway, and
// says what keeps calls from working and what to do.
//
// A Patient is what is looked at; Patient.Examine makes all examinations at once, within
// Patience, and gives a check of each, with a cure. What it wants of a running gateway is the
// three questions of Running, so that it imports none. An Online asks the network about a
// configuration: whether trunks are found and answer, whether certificates hold and ports are
// free; `tandem check --online` is that alone.
//
// Every examination has a goroutine of its own, which ends with it; one that does not come to
// an end in time is told of and left behind, with the sockets' own deadlines to end it.
package doctor
