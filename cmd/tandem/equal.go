package main

import "crypto/subtle"

// equal compares two secrets in a time that says nothing about where they differ.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
