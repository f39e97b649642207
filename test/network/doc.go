// Package network calls through a gateway that is behind a 1:1 NAT, as in a
// container: in network namespaces of its own, with Chromium and baresip at the
// ends. In mid-call the browser comes into another network and restarts ICE. And the
// gateway itself gets another address, which its carrier is told.
package network
