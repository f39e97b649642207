//go:build !unix

package sql

import "os"

// giveAway does nothing: there is no root who could.
func giveAway(*os.File) error { return nil }
