package media

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tandemgw/tandem/codecs"
	"github.com/tandemgw/tandem/media/sound"
	"github.com/tandemgw/tandem/media/transport"
)

// lossy gives packets to a leg as a bad network does: 5 % are lost, 1 % come
// twice, 1 % after the next one.
type lossy struct {
	leg  *testLeg
	rnd  *rand.Rand
	late func()
}

func (n *lossy) give(h header, payload []byte) {
	b := append([]byte(nil), payload...)
	deliver := func() { n.leg.in(h, append([]byte(nil), b...), transport.Now()) }
	late := n.late
	n.late = nil
	switch x := n.rnd.Float64(); {
	case x < 0.05:
	case x < 0.06:
		deliver()
		deliver()
	case x < 0.07:
		n.late = deliver
	default:
		deliver()
	}
	if late != nil {
		late()
	}
}

// dial presses digits for length each, with pause of sound between them, as RFC
// 4733 does: the sound has the same sequence and its own timestamps.
func (n *lossy) dial(f format, digits string, length, pause time.Duration, sound []byte) {
	l, step := n.leg, f.clock()/50
	send := func(h header, b []byte) {
		h.seq, h.ssrc = l.seq, l.ssrc
		l.seq++
		n.give(h, b)
	}
	for _, c := range digits {
		code, ts := Digit(c).event(), l.ts
		for at := time.Duration(0); at < length; at += 20 * time.Millisecond {
			l.ts += step
			d := uint16(l.ts - ts)
			send(header{pt: eventPT(f), ts: ts, marker: at == 0}, []byte{code, 10, byte(d >> 8), byte(d)})
			time.Sleep(20 * time.Millisecond)
		}
		d := uint16(l.ts - ts)
		for range 3 {
			send(header{pt: eventPT(f), ts: ts}, []byte{code, 0x8a, byte(d >> 8), byte(d)})
		}
		for at := time.Duration(0); at < pause; at += 20 * time.Millisecond {
			send(header{pt: testCodec(f).PayloadType, ts: l.ts}, sound)
			l.ts += step
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// thousand is a thousand digits, many of them twice in a row.
func thousand() string {
	rnd := rand.New(rand.NewPCG(11, 12))
	var b strings.Builder
	for range 1000 {
		b.WriteByte("00112233445566778899**##ABCD"[rnd.IntN(28)])
	}
	return b.String()
}

// some leaves one packet of twenty out.
func some(all []packet, rnd *rand.Rand) []packet {
	var left []packet
	for _, p := range all {
		if rnd.Float64() >= 0.05 {
			left = append(left, p)
		}
	}
	return left
}

// The figure to hold: 1000 digits each way with 5 % lost on the way to us and as
// much on the way from us, none lost, none doubled, lengths within 20 ms, one
// timestamp and three end packets each.
func TestThousandDigitsEachWayUnderLoss(t *testing.T) {
	for name, ff := range map[string][2]format{
		"relayed":    {formatPCMU, formatPCMU},
		"transcoded": {formatOpus, formatPCMU},
		"browsers":   {formatOpus, formatOpus},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newTestEngine(t, Config{Workers: 1})
				digits := thousand()
				var heard [2]strings.Builder
				var legs [2]*testLeg
				for i, f := range ff {
					legs[i] = newTestLeg(t, e, Options{Call: "c", Events: Events{Digit: func(d Digit, length time.Duration) {
						heard[i].WriteByte(byte(d))
						if (length - 100*time.Millisecond).Abs() > 20*time.Millisecond {
							t.Errorf("leg %d: %v lasted %v", i, d, length)
						}
					}}}, testStream(f))
				}
				Join(legs[0].Endpoint, legs[1].Endpoint)
				done := make(chan struct{})
				for i, f := range ff {
					go func() {
						n := &lossy{leg: legs[i], rnd: rand.New(rand.NewPCG(uint64(i), 13))}
						n.dial(f, digits, 100*time.Millisecond, 60*time.Millisecond, testSound(t, f))
						done <- struct{}{}
					}()
				}
				<-done
				<-done
				time.Sleep(time.Second)
				synctest.Wait()
				for i, l := range legs {
					if got := heard[1-i].String(); got != digits {
						t.Errorf("leg %d: %d digits told, want the 1000", 1-i, len(got))
					}
					out := l.wire.packets()
					checkDialed(t, digits, out, ff[i], true)
					checkDialed(t, digits, some(out, rand.New(rand.NewPCG(9, 9))), ff[i], false)
				}
				_ = e.Close()
			})
		})
	}
}

// checkDialed fails the test unless the packets carry the digits, 100 ms each.
func checkDialed(t *testing.T, digits string, out []packet, f format, whole bool) {
	t.Helper()
	got := readDigits(t, out, eventPT(f))
	var text strings.Builder
	for i, d := range got {
		text.WriteString(d.Digit)
		ms := d.Units * 1000 / int(f.clock())
		if ms < 80 || ms > 120 || whole && (d.Ends != 3 || !d.Marked || d.Segments != 1) {
			t.Errorf("digit %d: %+v", i, d)
		}
	}
	if text.String() != digits {
		t.Errorf("%d digits sent on, want the %d", len(got), len(digits))
	}
}

// testSound is 20 ms of quiet sound in a format.
func testSound(t testing.TB, f format) []byte {
	t.Helper()
	if f != formatOpus {
		return voice(160, 0xff)
	}
	e, err := codecs.NewOpusEncoder(codecs.OpusConfig{Rate: codecs.Rate8k})
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, codecs.MaxPayload)
	n, err := e.Encode(b, make([]int16, 160))
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}

// dialTones presses digits in the sound of a leg.
func (l *testLeg) dialTones(t testing.TB, f format, digits string, length, pause time.Duration, lost func() bool) {
	t.Helper()
	enc := codecs.NewULawEncoder()
	if f == formatPCMA {
		enc = codecs.NewALawEncoder()
	}
	var pcm []int16
	for _, c := range digits {
		spec, err := codecs.DTMF(Digit(c).event(), length, codecs.DTMFLevels{})
		if err != nil {
			t.Fatal(err)
		}
		tone, err := codecs.NewTone(voiceRate, spec)
		if err != nil {
			t.Fatal(err)
		}
		part := make([]int16, samplesIn(length+pause, voiceRate))
		tone.Frame(part)
		pcm = append(pcm, part...)
	}
	b := make([]byte, 160)
	for ; len(pcm) >= 160; pcm = pcm[160:] {
		if _, err := enc.Encode(b, pcm[:160]); err != nil {
			t.Fatal(err)
		}
		if lost != nil && lost() {
			l.seq++
			l.ts += 160
		} else {
			l.talk(testCodec(f).PayloadType, b, 160, transport.Now())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// readTones finds the digits in the sound that went out as G.711, by its
// timestamps, and their lengths.
func readTones(t testing.TB, all []packet, f format) (digits string, lengths []time.Duration) {
	t.Helper()
	dec := codecs.NewULawDecoder()
	if f == formatPCMA {
		dec = codecs.NewALawDecoder()
	}
	d, err := codecs.NewDTMFDetector(voiceRate)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var due uint32
	pcm, quiet := make([]int16, 960), make([]int16, 160)
	feed := func(pcm []int16) {
		for _, c := range d.Feed(pcm) {
			if digit, _ := digitOf(c.Event); c.End {
				b.WriteByte(byte(digit))
				lengths = append(lengths, time.Duration(c.Length)*time.Second/voiceRate)
			}
		}
	}
	for i, p := range audio(all, testCodec(f).PayloadType) {
		for ; i > 0 && int32(p.ts-due) > 0; due += min(160, p.ts-due) {
			feed(quiet[:min(160, p.ts-due)])
		}
		n, err := dec.Decode(pcm, p.payload)
		if err != nil {
			t.Fatal(err)
		}
		feed(pcm[:n])
		due = p.ts + uint32(n)
	}
	for range 10 {
		feed(quiet)
	}
	return b.String(), lengths
}

// digitWay is a way that digits take on a leg.
type digitWay struct {
	name   string
	format format
	as     Digits
}

// Every way in to every way out: each digit once, with its length.
func TestDigitsAreConvertedBetweenAnyTwoWays(t *testing.T) {
	const digits = "0123456789*#ABCD11223"
	const length = 100 * time.Millisecond
	ways := []digitWay{
		{"events at 8000", formatPCMU, Digits{}},
		{"events at 48000", formatOpus, Digits{}},
		{"tones in PCMU", formatPCMU, Digits{Send: DigitsAsTones, Listen: true}},
		{"tones in PCMA", formatPCMA, Digits{Send: DigitsAsTones, Listen: true}},
		{"signaling", formatPCMU, Digits{Send: DigitsBySignaling}},
	}
	for _, from := range ways {
		for _, to := range ways {
			t.Run(from.name+" to "+to.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					e := newTestEngine(t, Config{Workers: 1})
					var told, signaled strings.Builder
					var lengths []time.Duration
					a := newTestLeg(t, e, Options{Call: "c", Events: Events{Digit: func(d Digit, l time.Duration) {
						told.WriteByte(byte(d))
						lengths = append(lengths, l)
					}}}, testStream(from.format))
					b := newTestLeg(t, e, Options{Call: "c", Events: Events{Signal: func(d Digit, l time.Duration) {
						signaled.WriteByte(byte(d))
						lengths = append(lengths, l)
					}}}, testStream(to.format))
					a.SetDigits(from.as)
					b.SetDigits(to.as)
					Join(a.Endpoint, b.Endpoint)
					want := digits
					switch {
					case from.as.Send == DigitsBySignaling:
						told.WriteString(digits)
						for _, c := range digits {
							if err := b.SendDigit(Digit(c), length); err != nil {
								t.Fatal(err)
							}
						}
						time.Sleep(5 * time.Second)
					case from.as.Listen:
						a.dialTones(t, from.format, digits, length, 80*time.Millisecond, nil)
					default:
						(&lossy{leg: a, rnd: rand.New(nothingLost{})}).dial(from.format, digits, length, 80*time.Millisecond, testSound(t, from.format))
					}
					time.Sleep(5 * time.Second)
					synctest.Wait()
					out := b.wire.packets()
					got, sent := "", []time.Duration(nil)
					switch {
					case to.as.Send == DigitsBySignaling:
						got = signaled.String()
					case to.as.Send == DigitsAsTones:
						got, sent = readTones(t, out, to.format)
					default:
						for _, d := range readDigits(t, out, eventPT(to.format)) {
							got += d.Digit
							sent = append(sent, time.Duration(d.Units)*time.Second/time.Duration(to.format.clock()))
							if d.Ends != 3 || d.Segments != 1 || !d.Marked {
								t.Errorf("%+v", d)
							}
						}
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("sent on (-want +got):\n%s", diff)
					}
					if diff := cmp.Diff(want, told.String()); diff != "" {
						t.Errorf("told (-want +got):\n%s", diff)
					}
					for i, l := range append(sent, lengths...) {
						if (l - length).Abs() > 20*time.Millisecond {
							t.Errorf("length %d is %v", i, l)
						}
					}
					if to.format != formatOpus && to.as.Send != DigitsAsTones {
						// Of a tone next to nothing is left, though it takes 25 to 40 ms to be found.
						if left := loudFor(t, out, to.format) / time.Duration(len(digits)); left > 5*time.Millisecond {
							t.Errorf("%v of each tone are in the sound as well", left)
						}
					}
					checkLine(t, b.line.ssrc, out)
					_ = e.Close()
				})
			})
		}
	}
}

// nothingLost is a source of numbers that are all close to 1.
type nothingLost struct{}

func (nothingLost) Uint64() uint64 { return 1<<64 - 1 }

func TestTonesUnderLossAreNotDoubled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{Call: "c"}, testStream(formatPCMU))
		b := newTestLeg(t, e, Options{Call: "c"}, testStream(formatPCMU))
		a.SetDigits(Digits{Send: DigitsAsTones, Listen: true})
		Join(a.Endpoint, b.Endpoint)
		rnd := rand.New(rand.NewPCG(1, 5))
		digits := thousand()[:300]
		a.dialTones(t, formatPCMU, digits, 120*time.Millisecond, 100*time.Millisecond, func() bool { return rnd.Float64() < 0.05 })
		time.Sleep(time.Second)
		synctest.Wait()
		got := ""
		for _, d := range readDigits(t, b.wire.packets(), testEvent8) {
			got += d.Digit
		}
		if got != digits {
			t.Errorf("%d digits, want %d:\n%s\n%s", len(got), len(digits), got, digits)
		}
		_ = e.Close()
	})
}

func TestToneAfterWhichNothingComesEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		var told []string
		a := newTestLeg(t, e, Options{Events: Events{Digit: func(d Digit, _ time.Duration) { told = append(told, fmt.Sprint(d)) }}}, testStream(formatPCMU))
		b := newTestLeg(t, e, Options{}, testStream(formatPCMU))
		a.SetDigits(Digits{Listen: true})
		Join(a.Endpoint, b.Endpoint)
		a.dialTones(t, formatPCMU, "7", 160*time.Millisecond, 0, nil)
		time.Sleep(time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"7"}, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		a.SetDigits(Digits{}) // and it can be turned off again
		a.dialTones(t, formatPCMU, "8", 100*time.Millisecond, 100*time.Millisecond, nil)
		synctest.Wait()
		if a.tap.Load() != nil || len(told) != 1 {
			t.Errorf("still listening: %v", told)
		}
		_ = e.Close()
	})
}

func TestSpeechAndMusicAreNoDigits(t *testing.T) {
	d, err := codecs.NewDTMFDetector(voiceRate)
	if err != nil {
		t.Fatal(err)
	}
	clips := map[string]*sound.Clip{"music on hold": sound.HoldMusic()}
	for _, name := range sound.Names() {
		clips[name], _ = sound.Find(name)
	}
	for name, clip := range clips {
		pcm := make([]int16, 160)
		for src := clip.Source(); src.Frame(pcm, voiceRate) == len(pcm); {
			for _, c := range d.Feed(pcm) {
				t.Errorf("%s: %+v", name, c)
			}
		}
	}
}

func TestFlashHasNoTone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEngine(t, Config{Workers: 1})
		a := newTestLeg(t, e, Options{}, testStream(formatPCMU))
		a.SetDigits(Digits{Send: DigitsAsTones})
		for _, d := range []Digit{Flash, '5'} {
			if err := a.SendDigit(d, 0); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second) // the flash holds nothing up
		synctest.Wait()
		if got, lengths := readTones(t, a.wire.packets(), formatPCMU); got != "5" || (lengths[0]-100*time.Millisecond).Abs() > 20*time.Millisecond {
			t.Errorf("sent %q, %v", got, lengths)
		}
		_ = e.Close()
	})
}

// loudFor is how much of the sound that went out is loud.
func loudFor(t testing.TB, all []packet, f format) (length time.Duration) {
	t.Helper()
	dec := codecs.NewULawDecoder()
	if f == formatPCMA {
		dec = codecs.NewALawDecoder()
	}
	pcm := make([]int16, 960)
	for _, p := range audio(all, testCodec(f).PayloadType) {
		n, err := dec.Decode(pcm, p.payload)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+8 <= n; i += 8 {
			for _, v := range pcm[i : i+8] {
				if v > 1000 {
					length += time.Millisecond
					break
				}
			}
		}
	}
	return length
}
