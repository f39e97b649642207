package transport

import (
	"errors"
	"fmt"

	"github.com/pion/dtls/v3"
	"github.com/pion/srtp/v3"
)

var srtpProfiles = []dtls.SRTPProtectionProfile{
	dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80, dtls.SRTP_AEAD_AES_256_GCM,
}

func profileName(p dtls.SRTPProtectionProfile) string {
	switch p {
	case dtls.SRTP_AEAD_AES_128_GCM:
		return "AEAD_AES_128_GCM"
	case dtls.SRTP_AEAD_AES_256_GCM:
		return "AEAD_AES_256_GCM"
	case dtls.SRTP_AES128_CM_HMAC_SHA1_80:
		return "AES128_CM_HMAC_SHA1_80"
	default:
		return "unknown"
	}
}

// newKeys derives the keys from a finished handshake (RFC 5764 §4.2).
func newKeys(conn *dtls.Conn, client bool) (*keys, error) {
	profile, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return nil, errors.New("no SRTP profile agreed")
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return nil, errors.New("no DTLS state")
	}
	c := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := c.ExtractSessionKeysFromDTLS(&state, client); err != nil {
		return nil, fmt.Errorf("export SRTP keys: %w", err)
	}
	k := &keys{profile: profileName(profile)}
	if err := k.opens(c.Profile, c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt); err != nil {
		return nil, err
	}
	if err := k.seals(c.Profile, c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt); err != nil {
		return nil, err
	}
	return k, nil
}
