// Package faults builds the faults that keep calls from having sound, with real
// endpoints and sockets of the loopback, and looks whether the verdict names them.
package faults
