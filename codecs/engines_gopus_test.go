//go:build !libopus

package codecs

// engines are those that the tests go through, by their names.
func engines() map[string]engine {
	return map[string]engine{"gopus": gopusEngine()}
}
