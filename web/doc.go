// Package web holds the built files of the web phone and of the console, embedded
// into the binary.
//
// The sources are TypeScript below web/src; `npm ci && npm run build` in this
// folder writes web/dist, which is committed so that nobody needs Node to build
// or run tandem. BUILD.json in it names the files and the digest of the sources
// they were made from; the tests of this package recompute both and fail when
// dist is stale. The package owns no goroutine; File compresses each file once,
// when it is first asked for.
package web
