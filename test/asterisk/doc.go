// Package asterisk calls through the gateway with a real Asterisk at its side: as the
// how-tos set it up, and with the settings that people change. Its tests have the
// build tag asterisk, since Debian 12 has no Asterisk: make asterisk fetches the one
// of Debian 11 into a folder, as root, and runs them. Without that Asterisk they fail
// and say so.
//
//	baresip, Chromium       gateway            Asterisk        baresip
//	127.0.0.1 ------------ 127.0.0.1 --------- 127.0.0.2 ----- 127.0.0.3
//	users 201, 202                                             8300, 8301
package asterisk
