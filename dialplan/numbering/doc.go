// Package numbering turns what people dial, and what carriers send, into numbers that can be told apart: E.164 where it
// is a telephone number of the world, as it is where it is an extension or a short number of the country.
//
//	Plan    how numbers are written in one place: its country, area, outside line and extensions
//	Number  one number, with its class and country
//	Class   what kind of number it is, which says who may dial it
//	form    how a carrier wants numbers written
//
// Short numbers are looked for before any other reading: emergency numbers first, since nothing may hide them, then
// extensions, then the country's service numbers. What remains is read by the country's prefixes.
//
// A Plan is immutable but for a bounded store of what it has read last, which a mutex guards; any number of goroutines
// may use it. Nothing here starts a goroutine. Numbers are bounded by MaxLength; what is longer is left as it is.
package numbering
