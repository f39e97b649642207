// Package lossy calls over a network that loses packets: in a network namespace
// of its own with a rule of nftables that drops one datagram in twenty, with
// Chromium and baresip at the ends, which record what they hear.
package lossy
