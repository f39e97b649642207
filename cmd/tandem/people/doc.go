// Package people knows who may sign in: the users of the configuration and those of the
// store, and the passwords that their phone sessions were given for a while.
//
// A Directory is asked by the registrar for each request and by the page for each sign-in;
// both are answered from one map that is replaced as a whole and never changed. It has no
// goroutine: who reads the store tells it. What is bounded: the grants of a user (maxGrants).
// How a new user's password is made, looked at and kept is here too.
package people
