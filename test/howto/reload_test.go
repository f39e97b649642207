package howto

import "testing"

func TestChangeARunningGateway(t *testing.T) {
	newPage(t).do("reload.md")
}
