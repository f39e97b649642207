// Package demo is the whole gateway with nothing set up: three users with passwords of
// their own, test numbers, ports that are free, and a banner that says how to go on.
//
// Run makes the configuration up, opens a gateway of it and runs that until its context
// ends. Passwords and certificates are kept in a state folder of the demo's own.
package demo
