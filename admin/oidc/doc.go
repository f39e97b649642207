// Package oidc lets people sign in by a service elsewhere: OpenID Connect Core 1.0,
// the code flow with PKCE (RFC 7636), state and nonce.
//
// A Provider is such a service. Begin says where to send a browser, Finish turns the
// code that it brings back into an Identity: who it is, and which role the Rules give.
// What proves that both are of one browser (Secrets) is the caller's to keep.
//
// A Provider owns no goroutine, and connects when it is first needed. At most four
// codes are redeemed at a time, each within ten seconds; of an answer at most 1 MiB is
// read. Sign-out at the service, and refresh tokens, are not there: a role is that of
// the sign-in.
package oidc
