// Package howto does what docs/howto says: writes the configurations that stand
// there, types the commands and compares what they answer, and starts softphones
// with the accounts shown. Names and addresses of the examples are replaced by
// those of servers that run here: Kamailio plays carriers and PBXs.
package howto
