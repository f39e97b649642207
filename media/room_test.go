package media

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/media/sound"
	"github.com/tandemgw/tandem/media/transport"
)

// guest is an endpoint in a room that says a tone, or nothing.
type guest struct {
	*testLeg
	m      *Member
	format format
	hz     float64
	level  float64 // amplitude
	enc    codecs.Encoder
	at     int
	quiet  bool // sends packets of silence
}

func newGuest(t testing.TB, r *Room, f format, hz float64) *guest {
	t.Helper()
	g := &guest{testLeg: newTestLeg(t, r.engine, Options{}, testStream(f)), format: f, hz: hz, level: 5000}
	g.ssrc += uint32(hz)
	var err error
	if g.enc, err = r.engine.codecs.encoder(f, min(f.rate(), codecs.Rate16k)); err != nil {
		t.Fatal(err)
	}
	if g.m, err = r.Join(g.Endpoint); err != nil {
		t.Fatal(err)
	}
	return g
}

// say sends the next 20 ms.
func (g *guest) say() {
	rate := int(g.enc.Rate())
	pcm := make([]int16, rate/50)
	for i := range pcm {
		if !g.quiet && g.hz > 0 {
			pcm[i] = int16(g.level * math.Sin(2*math.Pi*g.hz*float64(g.at)/float64(rate)))
		}
		g.at++
	}
	b := make([]byte, codecs.MaxPayload)
	n, _ := g.enc.Encode(b, pcm)
	g.talk(testCodec(g.format).PayloadType, b[:n], g.format.clock()/50, transport.Now())
}

// talkFor lets all guests speak for a time.
func talkFor(all []*guest, d time.Duration) {
	for range d / (20 * time.Millisecond) {
		for _, g := range all {
			g.say()
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// heard is what a guest has heard from its n-th packet on, and at which rate.
func (g *guest) heard(t testing.TB, from int) ([]int16, int) {
	t.Helper()
	d, err := g.engine.codecs.decoder(g.format, min(g.format.rate(), codecs.Rate16k))
	if err != nil {
		t.Fatal(err)
	}
	all := decodeAll(t, d, payloads(g.wire.packets()))
	rate := int(d.Rate())
	return all[min(from*rate/50, len(all)):], rate
}

func newTestRoom(t testing.TB, c RoomConfig) *Room {
	t.Helper()
	r, err := NewRoom(newTestEngine(t, Config{Workers: 1}), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryoneHearsTheOthersAndNotHimself(t *testing.T) {
	for _, rate := range []codecs.Rate{codecs.Rate8k, codecs.Rate16k, codecs.Rate48k} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newTestRoom(t, RoomConfig{Rate: rate})
				formats := []format{formatPCMU, formatPCMA, formatOpus, formatPCMA, formatPCMU}
				hz := []float64{400, 560, 720, 880, 0}
				var all []*guest
				for i, f := range formats {
					all = append(all, newGuest(t, r, f, hz[i]))
				}
				talkFor(all, 2100*time.Millisecond)
				synctest.Wait()
				for i, g := range all {
					checkLine(t, g.line.ssrc, g.wire.packets())
					pcm, at := g.heard(t, 60)
					pcm = pcm[:at*3/4] // whole turns of each
					for k, f := range hz {
						p := power(pcm, f, at)
						switch {
						case f == 0:
						case k == i && p > 250:
							t.Errorf("member %d (%v) hears itself with amplitude %.0f", i, g.format, p)
						case k != i && (p < 3000 || p > 6000):
							t.Errorf("member %d (%v) hears member %d with amplitude %.0f, want about 5000", i, g.format, k, p)
						}
					}
				}
				_ = r.engine.Close()
			})
		})
	}
}

func TestRoomGoesToABetterRateWithItsMembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTestRoom(t, RoomConfig{})
		all := []*guest{newGuest(t, r, formatPCMU, 440), newGuest(t, r, formatOpus, 700)}
		talkFor(all, time.Second)
		if r.Rate() != codecs.Rate8k {
			t.Errorf("with one browser the rate is %d", r.Rate())
		}
		all = append(all, newGuest(t, r, formatOpus, 900))
		talkFor(all, 4*time.Second)
		if r.Rate() != codecs.Rate16k {
			t.Errorf("with two browsers the rate is %d", r.Rate())
		}
		for i, g := range all {
			checkLine(t, g.line.ssrc, g.wire.packets())
			pcm, rate := g.heard(t, len(g.wire.packets())-50)
			for k, o := range all {
				if p := power(pcm, o.hz, rate); (k == i) != (p < 300) {
					t.Errorf("member %d hears member %d with amplitude %.0f", i, k, p)
				}
			}
		}
		_ = r.engine.Close()
	})
}

func TestSilentListenersShareOnePacket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTestRoom(t, RoomConfig{})
		var all []*guest
		for i := range 4 {
			g := newGuest(t, r, formatOpus, 500)
			g.quiet = i > 0
			all = append(all, g)
		}
		talkFor(all, 1200*time.Millisecond)
		synctest.Wait()
		want := all[1].wire.packets()[35:]
		for i, g := range all {
			same := 0
			got := g.wire.packets()[35:]
			for k := range min(len(got), len(want)) {
				if string(got[k].payload) == string(want[k].payload) {
					same++
				}
			}
			if i > 0 && same < len(want)-1 || i == 0 && same > 1 {
				t.Errorf("member %d got %d of %d packets of member 1", i, same, len(want))
			}
		}
		_ = r.engine.Close()
	})
}

func TestEmptyMixIsAQuietSound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTestRoom(t, RoomConfig{})
		g := newGuest(t, r, formatPCMU, 0)
		talkFor([]*guest{g}, time.Second)
		pcm, _ := g.heard(t, 10)
		if l := loudness(pcm); l < -72 || l > -55 {
			t.Errorf("a room of one has a level of %.0f dBFS", l)
		}
		if n := len(g.wire.packets()); n < 49 || n > 51 {
			t.Errorf("%d packets in a second", n)
		}
		_ = r.engine.Close()
	})
}

func TestManyVoicesDoNotDistort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTestRoom(t, RoomConfig{Rate: codecs.Rate16k})
		var all []*guest
		for i := range 4 {
			g := newGuest(t, r, formatPCMU, float64(400+150*i))
			g.level = 20000
			all = append(all, g)
		}
		all = append(all, newGuest(t, r, formatPCMU, 0))
		talkFor(all, 3*time.Second)
		pcm, rate := all[4].heard(t, 100)
		pcm = pcm[:rate/5*4]
		sum, worst := 0.0, 0.0
		for i := range 4 {
			p := power(pcm, float64(400+150*i), rate)
			sum += p
			if p < 4000 {
				t.Errorf("voice %d has amplitude %.0f", i, p)
			}
		}
		for hz := 1500.0; hz < 3000; hz += 110 {
			worst = max(worst, power(pcm, hz, rate))
		}
		if worst > sum/40 {
			t.Errorf("what nobody said has amplitude %.0f beside voices of %.0f", worst, sum)
		}
		_ = r.engine.Close()
	})
}

func TestMuteLeaveAndWhatIsHeardElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var speaker *Member
		r := newTestRoom(t, RoomConfig{Speaker: func(m *Member) { speaker = m }})
		a, b := newGuest(t, r, formatPCMU, 440), newGuest(t, r, formatOpus, 0)
		all := []*guest{a, b}
		level := func() float64 {
			n := len(b.wire.packets())
			talkFor(all, time.Second)
			synctest.Wait()
			pcm, rate := b.heard(t, n+25)
			return power(pcm[:rate/4], 440, rate)
		}
		if p := level(); p < 4000 {
			t.Errorf("a is heard with amplitude %.0f", p)
		}
		if speaker != a.m || !a.m.Speaking() || b.m.Speaking() {
			t.Error("a has not got the floor")
		}
		a.m.Mute(true)
		if p := level(); p > 50 {
			t.Errorf("a is muted and heard with amplitude %.0f", p)
		}
		a.m.Mute(false)
		if p := level(); p < 4000 {
			t.Errorf("a is not muted any more and heard with amplitude %.0f", p)
		}
		a.Quiet() // is out of the room
		if p := level(); p > 50 || r.Members() != 1 || speaker != nil {
			t.Errorf("a is gone, heard with amplitude %.0f, %d members", p, r.Members())
		}
		n := len(a.wire.packets())
		a.m.Leave()
		if _, err := r.Join(a.Endpoint); err != nil {
			t.Fatal(err)
		}
		if p := level(); p < 4000 || len(a.wire.packets()) <= n {
			t.Errorf("a is back and heard with amplitude %.0f", p)
		}
		r.Close()
		n = len(b.wire.packets())
		talkFor(all, time.Second)
		if d := len(b.wire.packets()) - n; d > 1 || r.Members() != 0 {
			t.Errorf("after Close %d packets came, %d members", d, r.Members())
		}
		if _, err := r.Join(a.Endpoint); err != ErrClosed {
			t.Errorf("Join after Close: %v", err)
		}
		_ = r.engine.Close()
	})
}

func TestRoomsHaveAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTestRoom(t, RoomConfig{Max: 2, Sounds: true})
		a, b := newGuest(t, r, formatOpus, 440), newGuest(t, r, formatPCMU, 440)
		c := newTestLeg(t, r.engine, Options{}, testStream(formatPCMU))
		if _, err := r.Join(c.Endpoint); err != ErrRoomFull {
			t.Errorf("a third in a room for two: %v", err)
		}
		other := newTestEngine(t, Config{Workers: 1})
		if _, err := r.Join(newTestLeg(t, other, Options{}, nil).Endpoint); err != ErrOtherEngine {
			t.Errorf("of another engine: %v", err)
		}
		talkFor([]*guest{a, b}, time.Second)
		a.Close()
		b.Close()
		synctest.Wait()
		time.Sleep(time.Second)
		x := &r.mixer
		if x.running || len(x.members) != 0 || len(x.streams) != 0 || r.job.index != 0 || r.Members() != 0 {
			t.Errorf("an empty room has %d members, %d streams, running %v", len(x.members), len(x.streams), x.running)
		}
		_, _ = r.engine.Close(), other.Close()
	})
}

func TestSoundsOfARoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTestRoom(t, RoomConfig{Sounds: true})
		a := newGuest(t, r, formatPCMU, 0)
		talkFor([]*guest{a}, time.Second)
		b := newGuest(t, r, formatPCMU, 0)
		n := len(a.wire.packets())
		talkFor([]*guest{a, b}, 500*time.Millisecond)
		pcm, _ := a.heard(t, n)
		if l := loudness(pcm[:1600]); l < -35 {
			t.Errorf("when b joins a hears %.0f dBFS", l)
		}
		if l := loudness(pcm[2400:]); l > -55 {
			t.Errorf("and goes on hearing %.0f dBFS", l)
		}
		b.m.Sound(RoomMuted)
		na, nb := len(a.wire.packets()), len(b.wire.packets())
		talkFor([]*guest{a, b}, 500*time.Millisecond)
		pa, _ := a.heard(t, na)
		pb, _ := b.heard(t, nb)
		if la, lb := loudness(pa), loudness(pb[:1600]); la > -55 || lb < -35 {
			t.Errorf("of b's own sound a hears %.0f, b %.0f dBFS", la, lb)
		}
		for s := range RoomSound(roomSounds) {
			if src := s.Source(); src.Frame(make([]int16, 320), wideRate) != 320 {
				t.Errorf("sound %d is too short", s)
			}
		}
		_ = r.engine.Close()
	})
}

func TestRoomKeepsFramesOfEachLength(t *testing.T) {
	for _, c := range []struct {
		f     format
		ptime int
	}{{formatPCMU, 10}, {formatPCMU, 30}, {formatPCMU, 50}, {formatOpus, 10}, {formatOpus, 60}} {
		t.Run(fmt.Sprintf("%v %d ms", c.f, c.ptime), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newTestRoom(t, RoomConfig{})
				a, b, other := newGuest(t, r, c.f, 440), newGuest(t, r, c.f, 600), newGuest(t, r, formatPCMA, 0)
				for _, g := range []*guest{a, b} {
					s := testStream(c.f)
					s.PTime = c.ptime
					if err := g.Apply(s); err != nil {
						t.Fatal(err)
					}
				}
				all := []*guest{a, b, other}
				for i := range 6 { // who speaks changes all the time
					a.quiet, b.quiet = i%2 == 0, i%3 == 0
					talkFor(all, 460*time.Millisecond)
				}
				synctest.Wait()
				out := b.wire.packets()
				checkLine(t, b.line.ssrc, out)
				span := c.f.clock() / 1000 * uint32(c.ptime)
				for i, p := range out[1:] {
					if p.ts-out[i].ts != span {
						t.Fatalf("packet %d has timestamp +%d, want +%d", i+1, p.ts-out[i].ts, span)
					}
				}
				if d := time.Duration(out[len(out)-1].at - out[0].at - int64(len(out)-1)*int64(c.ptime)*ms); d > 20*time.Millisecond || d < -20*time.Millisecond {
					t.Errorf("the last packet is off by %v", d)
				}
				_ = r.engine.Close()
			})
		})
	}
}

func TestCrowdedRoomSaysSo(t *testing.T) {
	r := newTestRoom(t, RoomConfig{})
	if r.Crowded() {
		t.Error("an empty room is crowded")
	}
	r.job.worker.load.at.Store(transport.Now())
	r.job.worker.load.promise(full)
	if !r.Crowded() {
		t.Error("a room on a worker that is full is not crowded")
	}
}

// 600 telephones come within a second: a sixth of a core is what they take.
func TestTelephonesThatComeAtOnceDoNotCrowdARoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where no time goes by, however busy this machine is
		r := newTestRoom(t, RoomConfig{Max: 600})
		r.job.worker.load.at.Store(transport.Now())
		for i := range 600 {
			if r.Crowded() {
				t.Fatalf("member %d is refused", i)
			}
			newGuest(t, r, formatPCMU, 400)
		}
		r.Close()
		_ = r.engine.Close()
	})
}

func TestRoomIsRecorded(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		rec, err := record.New(record.Config{Folder: folder})
		if err != nil {
			t.Fatal(err)
		}
		r := newTestRoom(t, RoomConfig{Rate: codecs.Rate16k})
		tape, err := rec.Open(record.Options{Name: "room-608", Rate: codecs.Rate16k, Channels: 1})
		if err != nil {
			t.Fatal(err)
		}
		r.Record(tape, codecs.Rate16k)
		all := []*guest{newGuest(t, r, formatPCMU, 400), newGuest(t, r, formatOpus, 720)}
		talkFor(all, 3*time.Second)
		r.Close()
		tape.Close()
		_ = r.engine.Close()
		if err := rec.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	files, _ := filepath.Glob(filepath.Join(folder, "*room-608*.wav"))
	if len(files) != 1 {
		t.Fatalf("recorded %q, want one file", files)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	clip, err := sound.OpenWAV(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if l := clip.Length(); l < 2900*time.Millisecond || l > 3200*time.Millisecond {
		t.Errorf("recorded %v of 3 s", l)
	}
	pcm := make([]int16, 16000)
	src := clip.Source()
	for range 2 { // the second second
		src.Frame(pcm, 16000)
	}
	for _, hz := range []float64{400, 720} {
		if p := power(pcm, hz, 16000); p < 3000 || p > 6000 {
			t.Errorf("%.0f Hz was recorded with amplitude %.0f, want about 5000", hz, p)
		}
	}
}
