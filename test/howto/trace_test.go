package howto

import "testing"

func TestSeeTheLadderOfACall(t *testing.T) { newPage(t).do("see-the-ladder-of-a-call.md") }
