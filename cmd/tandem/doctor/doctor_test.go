package doctor

import (
	"crypto/x509"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/tandemgw/tandem/admin"
	"github.com/tandemgw/tandem/config"
)

// finds says whether one of the checks has a name and a status, and a cure where it is
// not well.
func finds(all []admin.DoctorCheck, name, status string) bool {
	for _, c := range all {
		if c.Name == name && c.Status == status && (status == OK || c.Cure != "") {
			return true
		}
	}
	return false
}

// TestDoctorReadsATrunksAnswer: its clock, the address that it sees, and what comes
// back changed.
func TestDoctorReadsATrunksAnswer(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	p := &Patient{File: &config.File{PublicIP: config.PublicIP{Addrs: []netip.Addr{netip.MustParseAddr("203.0.113.5")}}}, now: func() time.Time { return now }}
	const request = "OPTIONS sip:t SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:4000;branch=z9hG4bKabc;rport\r\nFrom: <sip:e>;tag=x\r\nCall-ID: c1\r\n\r\n"
	answer := func(via, date string) string {
		return "SIP/2.0 200 OK\r\nv: " + via + "\r\nf: <sip:e>;tag=x\r\nCall-ID: c1\r\nDate: " + date + "\r\n\r\n"
	}
	const right = "SIP/2.0/UDP 10.0.0.2:4000;branch=z9hG4bKabc;rport=4000;received=203.0.113.5"
	const onTime = "Sat, 21 Nov 2026 12:00:01 GMT"
	for name, tt := range map[string]struct{ via, date, check, status string }{
		"all well":            {right, onTime, "sip alg", OK},
		"the right clock":     {right, onTime, "clock skew", OK},
		"a clock of an hour":  {right, "Sat, 21 Nov 2026 11:00:00 GMT", "clock skew", Fail},
		"a clock of seconds":  {right, "Sat, 21 Nov 2026 12:00:20 GMT", "clock skew", Warn},
		"the right address":   {right, onTime, "public address", OK},
		"the wrong public_ip": {strings.Replace(right, "203.0.113.5", "198.51.100.9", 1), onTime, "public address", Fail},
		"an ALG":              {strings.Replace(right, "10.0.0.2", "198.51.100.9", 1), onTime, "sip alg", Fail},
		"an ALG with a port":  {strings.Replace(right, ":4000", ":61000", 1), onTime, "sip alg", Fail},
	} {
		t.Run(name, func(t *testing.T) {
			if all := p.read("alpha", request, answer(tt.via, tt.date)); !finds(all, tt.check, tt.status) {
				t.Errorf("it finds %+v, want %s of %s", all, tt.status, tt.check)
			}
		})
	}
}

// TestAWrongClockOfATrunkIsNotOursWhereOursIsKeptRight: the fault is named where it is.
func TestAWrongClockOfATrunkIsNotOursWhereOursIsKeptRight(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	p := &Patient{now: func() time.Time { return now }, kept: func() bool { return true }}
	all := p.skew("alpha", now.Add(-time.Hour))
	if !finds(all, "clock skew", Warn) || !strings.Contains(all[0].Text, "of trunk alpha is wrong") {
		t.Errorf("it finds %+v", all)
	}
}

func TestDoctorLooksAtTheDaysNameAndChainOfACertificate(t *testing.T) {
	now := time.Now()
	of := func(from, to time.Duration, name string) []*x509.Certificate {
		return []*x509.Certificate{{NotBefore: now.Add(from), NotAfter: now.Add(to), DNSNames: []string{name}}}
	}
	const year = 365 * 24 * time.Hour
	for name, tt := range map[string]struct {
		certs  []*x509.Certificate
		mode   config.TLSMode
		status string
	}{
		"expired":         {of(-year, -time.Hour, "example.org"), config.TLSFiles, Fail},
		"not yet":         {of(time.Hour, year, "example.org"), config.TLSFiles, Fail},
		"another name":    {of(-time.Hour, year, "example.net"), config.TLSFiles, Fail},
		"no known signer": {of(-time.Hour, year, "example.org"), config.TLSFiles, Warn},
		"our own":         {of(-time.Hour, year, "example.org"), config.TLSLocal, OK},
	} {
		t.Run(name, func(t *testing.T) {
			if all := judgeCertificate(tt.certs, "example.org", tt.mode, now); !finds(all, "certificate", tt.status) {
				t.Errorf("it finds %+v, want %s", all, tt.status)
			}
		})
	}
}

func TestDoctorHasACureForWhatATrunkSays(t *testing.T) {
	for text, want := range map[string]string{"403 not allowed": "forbids", "401 a password is needed": "password", "certificate has expired": "renew", "": "check --online"} {
		if cure := trunkCure(text); !strings.Contains(cure, want) {
			t.Errorf("against %q: %s", text, cure)
		}
	}
}
