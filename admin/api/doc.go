// Package api is the HTTP API of the gateway, below /api/v1: what the console, the
// verbs of the command line and other programs ask and have done. Its description is
// OpenAPI 3.1, served at /api/v1/openapi.json and kept in docs/reference.
//
// The nouns: a principal is who asks, with a role; a role is viewer, operator or
// admin, and each operation names the least that may use it; a source is a part of the
// gateway that operations answer from. An operation whose source is not there is not
// there either.
//
// Whoever comes over the control socket is the owner of the gateway, and an admin
// (Local). Over the web a principal is proved by a bearer token, or by the cookie that
// signing in gives; what changes something must then come from our own page.
//
// Handlers run on net/http's goroutines. Bodies end at 64 KiB, pages of lists at 1000
// rows, and every map keyed from outside has a bound.
package api
