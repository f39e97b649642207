package turn

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	pion "github.com/pion/turn/v5"

	"github.com/pion/stun/v4"
)

// Life is how long credentials make new allocations.
const Life = 2 * time.Hour

// graceLife is how long after its credentials have ended an allocation may still
// be kept alive: the longest call.
const graceLife = 24 * time.Hour

// Credentials returns what the user's browser shows to the server within Life:
// "1767225600:201" and the HMAC-SHA-1 of it, in base64.
func (s *Server) Credentials(user string, now time.Time) (username, password string) {
	username = strconv.FormatInt(now.Add(Life).Unix(), 10) + ":" + user
	return username, s.password(username)
}

func (s *Server) password(username string) string {
	mac := hmac.New(sha1.New, s.c.Secret)
	mac.Write([]byte(username))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// authorize gives the key of a user name that is in its time.
func (s *Server) authorize(r *pion.RequestAttributes) (user string, key []byte, ok bool) {
	when, user, found := strings.Cut(r.Username, ":")
	until, err := strconv.ParseInt(when, 10, 64)
	if !found || err != nil || len(r.Username) > maxUsername || r.Realm != s.c.Realm {
		s.count.unauthorized.Add(1)
		return "", nil, false
	}
	end := time.Unix(until, 0)
	if r.Method != stun.MethodAllocate {
		end = end.Add(graceLife)
	}
	if now := time.Now(); now.After(end) || end.After(now.Add(Life+graceLife+time.Minute)) {
		s.count.unauthorized.Add(1)
		return "", nil, false
	}
	return user, pion.GenerateAuthKey(r.Username, r.Realm, s.password(r.Username)), true
}

const maxUsername = 256
