package howto

import "testing"

func TestOfficeHours(t *testing.T) { newPage(t).do("office-hours.md") }
