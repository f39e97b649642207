// Package capture tests that the captures which the gateway writes are read by the
// programs that people read captures with: tshark and sngrep.
package capture
