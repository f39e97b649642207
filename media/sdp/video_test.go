package sdp

import "testing"

func video(name, params string) Codec { return Codec{Name: name, Clock: 90000, Params: params} }

func TestFormatsOfVideoThatMeet(t *testing.T) {
	for _, c := range []struct {
		a, b  Codec
		meets bool
	}{
		{video(NameVP8, "max-fs=3600"), video(NameVP8, ""), true},
		{video(NameVP8, ""), video(NameVP9, ""), false},
		{video(NameVP9, "profile-id=0"), video(NameVP9, ""), true},
		{video(NameVP9, "profile-id=2"), video(NameVP9, ""), false},
		{video(NameAV1, "profile=1"), video(NameAV1, "level-idx=5"), false},
		// RFC 6184 §8.1, table 5: the same profile, written in several ways.
		{video(NameH264, "profile-level-id=42e01f;packetization-mode=1"), video(NameH264, "packetization-mode=1;profile-level-id=4D8014"), true},
		{video(NameH264, "profile-level-id=42e01f"), video(NameH264, "profile-level-id=58c01e"), true},
		{video(NameH264, "profile-level-id=4d001f"), video(NameH264, "profile-level-id=4d401f"), true},
		{video(NameH264, "profile-level-id=4d001f"), video(NameH264, "profile-level-id=42e01f"), false},
		{video(NameH264, "profile-level-id=64001f"), video(NameH264, "profile-level-id=640c1f"), false},
		{video(NameH264, "profile-level-id=640028"), video(NameH264, "profile-level-id=64001f"), true},
		// What telephones say and what they send.
		{video(NameH264, "profile-level-id=42801e"), video(NameH264, "profile-level-id=42e01f"), true},
		{video(NameH264, ""), video(NameH264, "profile-level-id=42001f"), true},
		// The two modes of packetization (§6.2) are two formats.
		{video(NameH264, "profile-level-id=42e01f;packetization-mode=1"), video(NameH264, "profile-level-id=42e01f"), false},
		{video(NameH264, "profile-level-id=42e01f;packetization-mode=0"), video(NameH264, "profile-level-id=42e01f"), true},
	} {
		if c.a.Meets(c.b) != c.meets || c.b.Meets(c.a) != c.meets {
			t.Errorf("%s %q and %q: want %v", c.a.Name, c.a.Params, c.b.Params, c.meets)
		}
	}
}

func TestAnswersKeepTheProfileAndOwnTheLevel(t *testing.T) {
	for _, c := range []struct{ ours, theirs, want string }{
		{"profile-level-id=42e01f;packetization-mode=1", "profile-level-id=428014;packetization-mode=1", "profile-level-id=428014;packetization-mode=1"},
		{"profile-level-id=42e014", "profile-level-id=42e01f", "profile-level-id=42e014"},
		{"profile-level-id=42e028;level-asymmetry-allowed=1", "profile-level-id=42e01f;level-asymmetry-allowed=1", "profile-level-id=42e028;level-asymmetry-allowed=1"},
		{"", "profile-level-id=42801e", "profile-level-id=42800a"},
	} {
		if got := answerParams(video(NameH264, c.ours), video(NameH264, c.theirs)); got != c.want {
			t.Errorf("%q answers %q with %q, want %q", c.ours, c.theirs, got, c.want)
		}
	}
}

func TestAnotherLegIsToldOfTheFormatOnly(t *testing.T) {
	c := Codec{
		Name: NameH264, Clock: 90000, PayloadType: 102, RTX: 103, Feedback: NACK,
		Params: "profile-level-id=42e01f; packetization-mode=1;x-secret=192.0.2.7",
	}
	if got, want := c.ForPeer(), video(NameH264, "profile-level-id=42e01f;packetization-mode=1"); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestALineKeepsItsNumberWhileItLives(t *testing.T) {
	s := agreedSession(t, plainLocal(PCMU()))
	line := func(n, port string) string {
		return "m=video " + port + " RTP/AVP 9" + n + "\r\na=rtpmap:9" + n + " VP8/90000\r\n"
	}
	head := "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
	l := plainLocal(PCMU())
	l.Lines = testLine(testLine(nil, "video"), "screen")
	for _, c := range []struct {
		offer string
		want  []int // index, number of each line agreed
	}{
		{line("6", "5000") + line("7", "5002"), []int{1, 0, 2, 1}},
		{line("6", "0") + line("7", "5002"), []int{2, 1}},                              // the camera is off, the screen is what it was
		{line("6", "0") + line("7", "5002") + line("8", "5004"), []int{2, 1, 3, 0}},    // a camera in a new line
		{line("6", "5000") + line("7", "5002") + line("8", "5004"), []int{2, 1, 3, 0}}, // a third is too many
		{line("6", "5000") + line("7", "0") + line("8", "0"), []int{1, 0}},
	} {
		if _, err := s.ReceiveOffer([]byte(head + c.offer)); err != nil {
			t.Fatal(err)
		}
		_, stream, err := s.Answer(l)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, a := range stream.Lines {
			got = append(got, a.Index, a.Number)
		}
		if len(got) != len(c.want) {
			t.Fatalf("%q: lines %v, want %v", c.offer, got, c.want)
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%q: lines %v, want %v", c.offer, got, c.want)
			}
		}
	}
}
