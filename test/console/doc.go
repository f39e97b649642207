// Package console looks at the console as an operator does: a real gateway, a real
// call, and a browser that opens every screen.
package console
