// Package morepeers calls through the gateway with peers that other tests do not
// have: SIP.js in Chromium, Linphone as a softphone, and a second gateway as the
// trunk. What they hear is measured, as in test/interop.
//
// Each test starts its gateways and its peers; its subtests call one after the
// other. All listen on loopback addresses.
package morepeers
