// Package script runs programs that decide where a call goes, in Starlark: a
// dialect of Python without files, network, clock or randomness, so that a script
// always says the same of the same call and can be proved by tests.
//
// A script is one file that defines
//
//	def route(call):
//	    return [dial("user:201", "20s"), reject(486)]
//
// Program is a script that has been read: immutable, for any number of goroutines.
// Its names are those of the dialplan: steps make a Call, functions are the
// dialplan's own. Nothing here knows what the steps do.
//
// Limits: MaxSource octets, MaxSteps of work for one call (some milliseconds), no
// recursion and no while, so that it ends. Memory is not bounded: a script is the
// operator's own.
package script
