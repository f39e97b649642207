package rules

import (
	"strings"

	"github.com/tandemgw/tandem/config"
	"github.com/tandemgw/tandem/media/sdp"
)

// Secure says what the file wishes of encrypted media, of users' telephones and
// of trunks.
func Secure(f *config.File) func(user, trunk string) sdp.Secure {
	words := map[string]sdp.Secure{
		config.SecureRequire: sdp.SecureRequire, config.SecurePrefer: sdp.SecurePrefer, config.SecureDTLS: sdp.SecureByDTLS, config.SecureOff: sdp.SecureOff,
	}
	users, trunks := make(map[string]sdp.Secure), make(map[string]sdp.Secure)
	for _, u := range f.Users {
		users[strings.ToLower(u.Name)] = words[u.Secure]
	}
	for _, t := range f.Trunks {
		trunks[t.Name] = words[t.Secure]
	}
	return func(user, trunk string) sdp.Secure {
		if trunk != "" {
			return trunks[trunk]
		}
		return users[strings.ToLower(user)]
	}
}
