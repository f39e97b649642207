package howto

import "testing"

func TestRingGroup(t *testing.T) { newPage(t).do("ring-group.md") }

func TestCarriersWithFailover(t *testing.T) { newPage(t).do("carriers-with-failover.md") }
