package database

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/store/cdr"
	"github.com/tandemgw/tandem/store/sql"
)

// names in the order of their octets, which is not that of a dictionary.
var names = []string{"201", "a-b", "a_c", "aa", "bob", "zoë", "öl"}

func users(t *testing.T, d *sql.DB) {
	version := func() string {
		v, err := d.UsersVersion(t.Context())
		must(t, err)
		return v
	}
	first := version()
	var wg sync.WaitGroup // from two sides at once: one of them adds each
	for range 2 {
		wg.Go(func() {
			for _, n := range names {
				if err := d.AddUser(t.Context(), sql.User{Name: n, DisplayName: "?", Digests: sql.Digests{Realm: "r", MD5: n}}); err != nil && !errors.Is(err, sql.ErrExists) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := d.AddUser(t.Context(), sql.User{Name: "BOB"}); !errors.Is(err, sql.ErrExists) {
		t.Errorf("a second bob gives %v", err)
	}
	all, err := d.Users(t.Context())
	must(t, err)
	var got []string
	for _, u := range all {
		got = append(got, u.Name)
	}
	if diff := cmp.Diff(names, got); diff != "" {
		t.Errorf("the users differ (-want +got):\n%s", diff)
	}
	full := sql.Digests{Realm: "x", MD5: "1", SHA256: "2", LongMD5: "3", LongSHA256: "4"}
	shown, locked := "Bob 'B' Bee", true
	must(t, d.ChangeUser(t.Context(), "Bob", sql.UserChange{Digests: &full}))
	must(t, d.ChangeUser(t.Context(), "bob", sql.UserChange{DisplayName: &shown, Disabled: &locked}))
	u, err := d.User(t.Context(), "bOb")
	if diff := cmp.Diff(sql.User{Name: "bob", DisplayName: "Bob 'B' Bee", Digests: full, Disabled: true}, u, cmpopts.IgnoreFields(sql.User{}, "Created", "Changed")); err != nil || diff != "" {
		t.Errorf("bob is another (%v):\n%s", err, diff)
	}
	if version() == first {
		t.Error("the version of the users has not changed")
	}
	for _, n := range names {
		must(t, d.RemoveUser(t.Context(), n))
	}
	for what, err := range map[string]error{
		"remove": d.RemoveUser(t.Context(), "bob"), "change": d.ChangeUser(t.Context(), "bob", sql.UserChange{Digests: &full, DisplayName: &shown}),
	} {
		if !errors.Is(err, sql.ErrNotFound) {
			t.Errorf("%s of nobody gives %v", what, err)
		}
	}
}

func logins(t *testing.T, d *sql.DB) {
	for _, n := range names {
		must(t, d.PutLogin(t.Context(), sql.Login{Name: n, Hash: "$argon2id$v=19$x", Role: "viewer"}))
	}
	must(t, d.PutLogin(t.Context(), sql.Login{Name: "Bob", Hash: "other", Role: "admin"}))
	all, err := d.Logins(t.Context())
	must(t, err)
	if len(all) != len(names) || all[1].Name != "a-b" || all[2].Name != "a_c" || all[0].Created.IsZero() {
		t.Errorf("the logins are %+v", all)
	}
	l, err := d.Login(t.Context(), "bob")
	if err != nil || l.Role != "admin" || l.Hash != "other" {
		t.Errorf("bob is %+v, %v", l, err)
	}
	must(t, d.RemoveLogin(t.Context(), "bob"))
	if err := d.RemoveLogin(t.Context(), "bob"); !errors.Is(err, sql.ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
}

func tokens(t *testing.T, d *sql.DB) {
	expires := noon.Add(1234 * time.Millisecond)
	for i := range 3 {
		must(t, d.AddToken(t.Context(), sql.Token{ID: fmt.Sprint("t", i), Name: "crm", Owner: "ann", Role: "viewer", Hash: fmt.Sprint("h", i), Expires: expires}))
	}
	for _, again := range []sql.Token{{ID: "t0", Hash: "other"}, {ID: "other", Hash: "h0"}} {
		if err := d.AddToken(t.Context(), again); !errors.Is(err, sql.ErrExists) {
			t.Errorf("%+v gives %v", again, err)
		}
	}
	must(t, d.TokenUsed(t.Context(), "t1", noon))
	got, err := d.TokenOf(t.Context(), "h1")
	if err != nil || got.ID != "t1" || !got.Used.Equal(noon) || !got.Expires.Equal(expires) {
		t.Errorf("the token is %+v, %v", got, err)
	}
	must(t, d.RemoveToken(t.Context(), "t1"))
	all, err := d.Tokens(t.Context())
	if err != nil || len(all) != 2 || all[0].ID != "t0" || !all[0].Used.IsZero() {
		t.Errorf("the tokens are %+v, %v", all, err)
	}
}

func audit(t *testing.T, d *sql.DB) {
	for i := range 25 {
		must(t, d.Note(t.Context(), sql.Entry{At: noon, Who: []string{"ann", "bob"}[i%2], Action: "call.hangup", Object: fmt.Sprint(i), Outcome: "ok"}))
	}
	read := func(who string) (all []string) {
		for after := ""; ; {
			page, next, err := d.Audit(t.Context(), who, 6, after)
			must(t, err)
			for _, e := range page {
				all = append(all, e.Object)
			}
			if after = next; next == "" {
				return all
			}
		}
	}
	if got := read(""); len(got) != 25 || got[0] != "24" || got[24] != "0" {
		t.Errorf("the log is %v", got)
	}
	if got := read("bob"); len(got) != 12 || got[0] != "23" || got[11] != "1" {
		t.Errorf("bob's log is %v", got)
	}
}

func traces(t *testing.T, d *sql.DB) {
	for i := range 9 {
		must(t, d.PutTraces(t.Context(), []sql.Trace{{Call: tandem.CallID(fmt.Sprint("x", i)), Start: noon.Add(time.Duration(i/2) * time.Second), Reason: "failed", File: "f"}}))
	}
	must(t, d.PutTraces(t.Context(), []sql.Trace{{Call: "x3", Start: noon, Reason: "all", File: "h"}, {Call: "x3", Start: noon, Reason: "all", File: "g", Bytes: 5_000_000_000}}))
	must(t, d.PutCDRs(t.Context(), []cdr.Record{{CallID: "x3", Start: noon, FromUser: "Tracy"}, {CallID: "x99", Start: noon, FromUser: "tracy"}}))
	if of, err := d.TracesOf(t.Context(), "TRACY", 10); err != nil || len(of) != 1 || of[0].Call != "x3" || of[0].Bytes != 5_000_000_000 {
		t.Errorf("the traces of a user are %+v, %v", of, err)
	}
	got, err := d.Trace(t.Context(), "x3")
	if err != nil || got.File != "g" || got.Bytes != 5_000_000_000 || !got.Start.Equal(noon) {
		t.Errorf("the trace is %+v, %v", got, err)
	}
	must(t, d.ForgetTraces(t.Context(), []tandem.CallID{"x8", "x0", "nobody"}))
	all, err := d.Traces(t.Context(), noon.Add(3*time.Second), 3)
	if err != nil || len(all) != 3 || all[0].Call != "x5" || all[1].Call != "x4" || all[2].Call != "x2" {
		t.Errorf("the traces are %+v, %v", all, err)
	}
}

func voicemail(t *testing.T, d *sql.DB) {
	m := sql.VoiceMessage{Box: "202", ID: "b", From: "201", FromName: "Ann 'A'", Dialed: "202", At: noon, Length: 1234 * time.Millisecond, Folder: "new"}
	other, saved := m, m
	other.ID, saved.Folder = "a", "saved"
	must(t, d.PutVoicemail(t.Context(), []sql.VoiceMessage{m, other, saved}))
	all, err := d.Voicemail(t.Context())
	if diff := cmp.Diff([]sql.VoiceMessage{other, saved}, all); err != nil || diff != "" {
		t.Errorf("the index differs (%v) (-want +got):\n%s", err, diff)
	}
	must(t, d.ForgetVoicemail(t.Context(), []sql.VoiceMessage{other, {Box: "nobody", ID: "a"}}))
	if all, err = d.Voicemail(t.Context()); err != nil || len(all) != 1 || all[0] != saved {
		t.Errorf("after one was forgotten it is %+v, %v", all, err)
	}
}
