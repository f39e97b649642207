package howto

import "testing"

func TestTheFirstCall(t *testing.T) {
	t.Parallel() // it mostly waits
	newPage(t).do("../start/first-call.md")
}

func TestProductionInFifteenMinutes(t *testing.T) {
	newPage(t).do("../start/production-in-15-minutes.md")
}
