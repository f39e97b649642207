// Package switches calls through the gateway with servers of others at its side:
// Kamailio as carrier, as the PBX behind, and as a proxy on the way, Janus as the
// telephone of browsers, with softphones and browsers at the ends.
package switches
