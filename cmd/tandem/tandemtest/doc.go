// Package tandemtest has what the tests of cmd/tandem and of the packages below it share:
// ports that nobody else gets, servers that answer, and what a command writes.
package tandemtest
