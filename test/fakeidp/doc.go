// Package fakeidp is a sign-in service for tests: OpenID Connect by the code flow,
// with discovery, PKCE that it insists on, and keys of its own.
//
// An IDP answers HTTP. It asks nobody anything: whoever is sent to it is Claims, and is
// sent back at once. What it says can be spoiled, to see whether that is noticed. It is
// safe for use by several goroutines; it owns none.
package fakeidp
