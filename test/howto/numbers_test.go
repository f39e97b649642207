package howto

import "testing"

func TestNumbers(t *testing.T) { newPage(t, gatewayHere()...).do("numbers.md") }

func TestPermissions(t *testing.T) { newPage(t, gatewayHere()...).do("permissions.md") }
