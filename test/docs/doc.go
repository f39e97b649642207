// Package docs holds the documents to what is there: each test that docs/rfc.md
// names exists, each function that docs/architecture.md walks through stands in
// the file that it names, links lead somewhere, examples load, versions are those
// of go.mod, nothing that is committed names a path of somebody's
// machine, and no marker of a merge is left.
package docs
