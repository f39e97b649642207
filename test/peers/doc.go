// Package peers starts the real things that tests talk to: the gateway itself as
// a process, baresip as a softphone, Chromium with a page of ours around JsSIP,
// SIPp with a scenario. Everything listens on loopback addresses only and is
// ended, by its process id, with the test that started it.
//
// A peer that is not installed fails the test; nothing is skipped.
package peers
