package main

import "regexp"

// What a log must not show of a SIP message: the answers of digests, SDES keys
// and ICE passwords.
var secret = regexp.MustCompile(`(?im)^((?:proxy-)?authorization:\s*\S+).*$|^(a=crypto:\S+ \S+ inline:).*$|^(a=ice-pwd:).*$`)

func withoutSecrets(message string) string {
	return secret.ReplaceAllString(message, "$1$2$3 redacted")
}
