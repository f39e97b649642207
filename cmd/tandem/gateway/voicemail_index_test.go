package gateway

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge/voicemail"
	"github.com/tandemgw/tandem/store"
	"github.com/tandemgw/tandem/store/sql"
)

func TestTheStoreKnowsTheMessagesOfAllBoxes(t *testing.T) {
	dir := t.TempDir()
	boxes, err := store.OpenVoicemail(store.VoicemailConfig{Dir: filepath.Join(dir, "voicemail")})
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open(t.Context(), filepath.Join(dir, "tandem.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	g := &Gateway{records: &records{db: db}}
	g.boxes = boxes
	x := g.voicemailIndex()
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	knows := func(want ...sql.VoiceMessage) {
		t.Helper()
		x.follow(t.Context())
		got, err := db.Voicemail(t.Context())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("the index differs (%v) (-want +got):\n%s", err, diff)
		}
	}
	// One that there is not is in the index: it was deleted while the database was away.
	if err := db.PutVoicemail(t.Context(), []sql.VoiceMessage{{Box: "gone", ID: "1", At: at, Folder: "new"}}); err != nil {
		t.Fatal(err)
	}
	knows()
	m := voicemail.Message{ID: boxes.NewID(at), Box: "202", From: tandem.Address{User: "201", Name: "Ann"}, To: "202", At: at, Folder: voicemail.FolderNew}
	f, err := boxes.Draft(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00" + strings.Repeat("\x00", 16000))); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if m, err = boxes.Deliver(m, 0); err != nil {
		t.Fatal(err)
	}
	want := sql.VoiceMessage{Box: "202", ID: m.ID, From: "201", FromName: "Ann", Dialed: "202", At: at, Length: m.Length.Truncate(time.Millisecond), Folder: "new"}
	knows(want)
	if err := boxes.Update("202", m.ID, func(m *voicemail.Message) { m.Folder = voicemail.FolderSaved }); err != nil {
		t.Fatal(err)
	}
	want.Folder = "saved"
	knows(want)
	if err := boxes.Delete("202", m.ID); err != nil {
		t.Fatal(err)
	}
	knows()
}
