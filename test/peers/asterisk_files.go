package peers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// CA is the file of the authority that vouches for its certificate.
func (a *Asterisk) CA() string { return a.file("cert.pem") }

// certificate makes the one that its TLS shows, its own authority.
func (a *Asterisk) certificate() {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "asterisk.test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		IPAddresses: []net.IP{net.ParseIP(SwitchIP)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		a.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	a.write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

// asteriskTransports wants: address for UDP and TCP, address for TLS, folder.
const asteriskTransports = `[global]
type=global
debug=yes
[transport-udp]
type=transport
protocol=udp
bind=%[1]s
[transport-tcp]
type=transport
protocol=tcp
bind=%[1]s
[transport-tls]
type=transport
protocol=tls
bind=%[2]s
cert_file=%[3]s/cert.pem
priv_key_file=%[3]s/key.pem
method=tlsv1_2
`

// asteriskFiles are its other files, by their names.
var asteriskFiles = map[string]string{ //nolint:gochecknoglobals // a table
	"asterisk.conf": `[directories]
astetcdir => HERE
astmoddir => /usr/lib/asterisk/modules
astvarlibdir => HERE
astdatadir => /usr/share/asterisk
astdbdir => HERE
astkeydir => HERE
astspooldir => HERE
astrundir => HERE
astlogdir => HERE
astagidir => HERE
[options]
verbose = 4
nocolor = yes
`,
	// Without what listens on ports of its own or wants databases and hardware.
	"modules.conf": `[modules]
autoload = yes
noload = chan_sip.so
noload = chan_iax2.so
noload = chan_skinny.so
noload = chan_unistim.so
noload = chan_mgcp.so
noload = chan_motif.so
noload = chan_alsa.so
noload = chan_oss.so
noload = chan_console.so
noload = chan_phone.so
noload = res_snmp.so
noload = res_hep.so
noload = res_phoneprov.so
noload = res_xmpp.so
noload = res_stun_monitor.so
noload = pbx_dundi.so
noload = pbx_lua.so
noload = pbx_ael.so
noload = app_jack.so
noload = app_festival.so
noload = app_voicemail_imap.so
noload = app_voicemail_odbc.so
noload = cdr_pgsql.so
noload = cel_pgsql.so
noload = res_config_pgsql.so
noload = res_config_ldap.so
`,
	"logger.conf": `[general]
[logfiles]
full => notice,warning,error,verbose
`,
	"rtp.conf": `[general]
rtpstart=31000
rtpend=31998
`,
	"musiconhold.conf": `[default]
mode=files
directory=HERE/moh
`,
	"features.conf": `[general]
[featuremap]
blindxfer => ##
atxfer => *2
`,
	"res_parking.conf": `[general]
[default]
parkext => 700
parkpos => 701-710
context => parkedcalls
parkingtime => 60
`,
	"confbridge.conf": `[general]
[default_user]
type=user
quiet=yes
[default_bridge]
type=bridge
`,
	"voicemail.conf": `[general]
format=wav
maxsecs=4
maxsilence=0
[default]
8201 => 1234,Ann
`,
	"queues.conf": "[general]\n",
	"cdr.conf":    "[general]\nenable=no\n",
}
