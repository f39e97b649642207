//go:build libopus

package codecs

// engines are those that the tests go through, by their names: with libopus
// there, both.
func engines() map[string]engine {
	return map[string]engine{
		"gopus":   gopusEngine(),
		"libopus": {newDecoder: newLibopusDecoder, newEncoder: newLibopusEncoder, exact: true},
	}
}
