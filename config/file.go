package config

import (
	"net/netip"
	"reflect"
	"strconv"

	"github.com/tandemgw/tandem/dialplan"
)

// File is a whole configuration: what the file says, with the defaults filled in. It is a plain value.
type File struct {
	Folder    string // where the file stands; sounds are looked for in "sounds" below it
	Domain    string // SIP realm and TLS name, lower case
	PublicIP  PublicIP
	State     string // folder for what is kept; empty when the file does not say
	Listen    Listen
	TLS       TLS
	Registrar Registrar
	Media     Media
	Users     []User  // in the order of the file
	Trunks    []Trunk // in the order of the file

	Plan    *dialplan.Plan // with the test blocks
	PlanSum string         // changes when the plan does
}

// PublicIP is the address that SDP and ICE announce.
type PublicIP struct {
	Auto bool       // find it out
	Addr netip.Addr // valid when not Auto
}

// Listen is where the gateway is reached.
type Listen struct {
	SIP   []Listener // udp, tcp, tls
	Web   []Listener // http, https
	Media []Listener // udp: the media of all browsers
	RTP   RTPRange
}

// Listener is one address that is listened on.
type Listener struct {
	IP        netip.Addr // the zero Addr means every address
	Port      uint16     // 0 means that the system chooses
	Transport string     // "udp", "tcp", "tls", "http" or "https"
}

// String gives the listener as the file writes it, such as ":5060/udp" or "[::1]:8443/https".
func (l Listener) String() string {
	return l.HostPort() + "/" + l.Transport
}

// HostPort gives the address for package net, such as ":5060".
func (l Listener) HostPort() string {
	if !l.IP.IsValid() {
		return ":" + strconv.Itoa(int(l.Port))
	}
	return netip.AddrPortFrom(l.IP, l.Port).String()
}

// RTPRange is the UDP ports of plain legs.
type RTPRange struct {
	IP       netip.Addr // the zero Addr means every address
	Min, Max uint16     // both inclusive; Min is less than Max
}

// TLSMode says where certificates come from.
type TLSMode string

// The sources of certificates.
const (
	TLSLocal TLSMode = "local" // our own CA
	TLSFiles TLSMode = "files" // PEM files
)

// TLS is the certificate of the gateway.
type TLS struct {
	Mode      TLSMode
	Cert, Key string // paths of PEM files, for TLSFiles; joined to Folder already
}

// Registrar says who may register.
type Registrar struct {
	Open bool // users without a password register without one
}

// Media says how codecs are chosen.
type Media struct {
	Prefer MediaPreference
}

// MediaPreference is what codec choice aims at.
type MediaPreference string

// The aims of codec choice.
const (
	PreferQuality     MediaPreference = "quality"     // Opus to browsers, transcoded where needed
	PreferPassthrough MediaPreference = "passthrough" // G.711 to browsers where the other leg has it
)

// User is somebody who registers.
type User struct {
	Name        string // what is dialed and what registers, such as "201"
	DisplayName string // the file's name attribute; empty when there is none
	Password    Secret // empty when HA1 is set or the user needs none
	HA1         HA1
}

// HA1 is the digests of a password, instead of it: hex of H(user:domain:password) (RFC 7616 §3.4.2).
type HA1 struct {
	MD5, SHA256 Secret // lower case; one may be empty
}

// Trunk is a carrier or PBX known by its address.
type Trunk struct {
	Name      string
	Host      string         // name or address, without brackets
	Port      uint16         // 0 means that the file gives none
	Transport string         // "udp", "tcp", "tls", or empty when the file gives none
	Allow     []netip.Prefix // calls from these addresses are this trunk's; without allow, the host where it is an address
	Codecs    []string       // in order of preference: "pcma", "pcmu"; nil means the default
	DTMF      string         // "rfc4733" or "auto"
	MaxCalls  int            // 0 means no limit
}

// Changed names the parts of the file that differ between f and g: "domain", "public_ip", "state", "listen", "tls",
// "registrar", "media", "users", "trunks", "dialplan". None means that there is nothing to reload.
func (f *File) Changed(g *File) []string {
	var parts []string
	for _, p := range []struct {
		name string
		a, b any
	}{
		{"domain", f.Domain, g.Domain},
		{"public_ip", f.PublicIP, g.PublicIP},
		{"state", f.State, g.State},
		{"listen", f.Listen, g.Listen},
		{"tls", f.TLS, g.TLS},
		{"registrar", f.Registrar, g.Registrar},
		{"media", f.Media, g.Media},
		{"users", f.Users, g.Users},
		{"trunks", f.Trunks, g.Trunks},
		{"dialplan", f.PlanSum, g.PlanSum},
	} {
		if !reflect.DeepEqual(p.a, p.b) {
			parts = append(parts, p.name)
		}
	}
	return parts
}
