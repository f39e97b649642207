package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/cmd/tandem/machine"
	"github.com/tandemgw/tandem/cmd/tandem/wording"
	"github.com/tandemgw/tandem/media"
	"github.com/tandemgw/tandem/media/record"
	"github.com/tandemgw/tandem/media/sound"
	"github.com/tandemgw/tandem/signaling/caller"
)

// callOptions are the flags of `tandem call`.
type callOptions struct {
	asking
	server, transport    string
	user, password       string
	ca                   string
	insecure, verbose    bool
	play, record, digits string
	codecs               []string
	expect               int
	ring, duration       time.Duration
}

func newCall(env environment) *cobra.Command {
	var o callOptions
	cmd := &cobra.Command{
		Use: "call TO", Short: "make one call by a script, and measure it",
		Long: "call is a telephone, or with -t wss a browser, that calls a number of the running\n" +
			"gateway, or of --server, plays and records, and says how the call went. Without\n" +
			"--user it calls as the first user of the configuration; --password may stand in\n" +
			"$TANDEM_CALL_PASSWORD. It exits with 6 where --expect does not hold.",
		Example: "  tandem call 600 --play hello.wav --record heard.wav\n" +
			"  tandem call 602 --dtmf 12,34# --transport wss\n" +
			"  tandem call 999 --expect 404\n" +
			"  tandem call 100 --server tls:sip.example.org --user 201 --json",
		Args: takes("TO"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(cmd); err != nil {
				return err
			}
			return call(cmd.Context(), env, cmd, o, args[0])
		},
	}
	configFlag(cmd, &o.path)
	o.jsonFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.server, "server", "", "`PLACE` to call: HOST:PORT, udp:HOST:PORT, tcp:, tls:, or wss://HOST/ws")
	f.StringVarP(&o.transport, "transport", "t", "udp", "`KIND` of transport: udp, tcp, tls, ws or wss")
	f.StringVarP(&o.user, "user", "u", "", "`NAME` of the user who calls")
	f.StringVar(&o.password, "password", "", "`SECRET` of the user; of the gateway's own users it is known")
	f.StringVar(&o.ca, "ca", "", "`FILE` of the authority to believe, in PEM; the gateway's own is known")
	f.BoolVar(&o.insecure, "insecure", false, "believe any certificate")
	f.StringVar(&o.play, "play", "", "WAV `FILE` that the far end hears")
	f.StringVar(&o.record, "record", "", "WAV `FILE` to write what is heard to")
	f.StringVar(&o.digits, "dtmf", "", "`DIGITS` to press; a comma waits a second")
	f.StringSliceVar(&o.codecs, "codec", nil, "`NAMES` of the only codecs to offer: opus, g722, pcmu, pcma")
	f.IntVar(&o.expect, "expect", 0, "`STATUS` that the call must come to, 200 for an answer")
	f.DurationVar(&o.ring, "ring", 0, "how `LONG` it may ring (1m)")
	f.DurationVarP(&o.duration, "duration", "d", 0, "how `LONG` to talk (until the sound and digits have ended)")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say what happens meanwhile")
	return cmd
}

// validate says what is wrong with the flags, before anybody is asked for anything.
func (o callOptions) validate(cmd *cobra.Command) error {
	digit := strings.IndexFunc(o.digits, func(r rune) bool { return !strings.ContainsRune("0123456789ABCDabcd*#,", r) })
	codec := slices.IndexFunc(o.codecs, func(name string) bool { return !slices.Contains(callCodecs(), strings.ToLower(name)) })
	switch {
	case !slices.Contains([]string{"udp", "tcp", "tls", "ws", "wss"}, o.transport):
		return usagef(cmd, "%q is no transport: they are udp, tcp, tls, ws and wss", o.transport)
	case o.ring < 0 || o.ring > caller.MaxRing:
		return usagef(cmd, "--ring must be between 0s and %s", caller.MaxRing)
	case o.duration < 0 || o.duration > caller.MaxTalk:
		return usagef(cmd, "--duration must be between 0s and %s", caller.MaxTalk)
	case codec >= 0:
		return usagef(cmd, "%q is no codec: they are opus, g722, pcmu and pcma", o.codecs[codec])
	case digit >= 0:
		r, _ := utf8.DecodeRuneInString(o.digits[digit:])
		return usagef(cmd, "--dtmf: %q is no digit: they are 0 to 9, A to D, * and #; a comma waits a second", string(r))
	case cmd.Flags().Changed("expect") && (o.expect < 200 || o.expect > 699):
		return usagef(cmd, "--expect is a final status, of 200 to 699")
	}
	return nil
}

// callCodecs are those that a call may be told to offer.
func callCodecs() []string { return []string{"opus", "g722", "pcmu", "pcma"} }

// call makes the call and says how it went.
func call(ctx context.Context, env environment, cmd *cobra.Command, o callOptions, to string) error {
	s, err := o.script(ctx, env, to)
	if err != nil {
		return err
	}
	if err := s.Validate(); err != nil {
		return usagef(cmd, "%v", err)
	}
	r, err := caller.Run(ctx, s)
	if err != nil {
		return exitf(exitUnreachable, "the call could not be made: %v", err)
	}
	v := callResult(s, r)
	if o.asJSON {
		err = writeJSON(env, v)
	} else {
		err = v.write(env)
	}
	switch {
	case err != nil:
		return err
	case o.expect != 0 && r.Status != o.expect:
		return exitf(exitExpectation, "expected %d, and the call came to %d (%s)", o.expect, r.Status, r.Reason)
	case o.expect == 0 && !r.Answered():
		hint := ""
		if r.Status == 403 { // of a wrong password as of a number that is closed: the far end tells nobody which
			hint = fmt.Sprintf(": the password is wrong, or %s may not call %s", s.User, to)
		}
		return exitf(exitFailed, "the call was not answered: %d (%s)%s", r.Status, r.Reason, hint)
	case ctx.Err() != nil:
		return &exit{exitInterrupted, ""}
	}
	return nil
}

// script makes the script of what the flags say, and of the running gateway.
func (o callOptions) script(ctx context.Context, env environment, to string) (caller.Script, error) {
	s := caller.Script{To: to, Digits: o.digits, Codecs: o.codecs, Ring: o.ring, Talk: o.duration, User: o.user}
	s.Password = cmp.Or(o.password, env.getenv("TANDEM_CALL_PASSWORD"))
	if err := o.callWhom(ctx, env, &s); err != nil {
		return s, err
	}
	if o.verbose {
		s.Log = slog.New(slog.NewTextHandler(env.err, nil))
	}
	if o.play != "" {
		clip, err := readClip(o.play)
		if err != nil {
			return s, exitf(exitFailed, "cannot play %s: %v", o.play, err)
		}
		s.Play = clip
	}
	if o.record != "" {
		f, err := os.OpenFile(o.record, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return s, exitf(exitFailed, "cannot write %s: %v", o.record, machine.Why(err))
		}
		s.Record = func() (record.File, error) { return f, nil }
	}
	return s, nil
}

func readClip(path string) (*sound.Clip, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, machine.Why(err)
	}
	defer func() { _ = f.Close() }()
	return sound.OpenWAV(io.LimitReader(f, 64<<20))
}

// callView is what came of a call, for programs.
type callView struct {
	To           string  `json:"to"`
	From         string  `json:"from"`
	Server       string  `json:"server"`
	Status       int     `json:"status"`
	Reason       string  `json:"reason"`
	RingingMS    float64 `json:"ringingMs,omitempty"`
	SetupMS      float64 `json:"setupMs,omitempty"`
	FirstMediaMS float64 `json:"firstMediaMs,omitempty"`
	TalkedS      float64 `json:"talkedSeconds,omitempty"`
	End          string  `json:"end,omitempty"`
	Left         bool    `json:"farEndHungUp,omitempty"` // before the call had lasted as long as it was to
	Keys         string  `json:"keys,omitempty"`
	Profile      string  `json:"profile,omitempty"`
	RoundTripMS  float64 `json:"roundTripMs,omitempty"`
	Heard        *heard  `json:"heard,omitempty"`
	Sent         *heard  `json:"sent,omitempty"`
}

// heard is one direction of the sound.
type heard struct {
	Codec       string  `json:"codec"`
	Packets     uint64  `json:"packets"`
	Lost        int64   `json:"lost"`
	LossPercent float64 `json:"lossPercent"`
	JitterMS    float64 `json:"jitterMs"`
	MOS         float64 `json:"mos,omitempty"`
	LevelDBFS   float64 `json:"levelDbfs,omitempty"`
	LoudestDBFS float64 `json:"loudestDbfs,omitempty"`
}

func callResult(s caller.Script, r caller.Result) callView {
	v := callView{
		To: s.To, From: s.User, Server: cmp.Or(s.Server.URL, fmt.Sprintf("%s:%s:%d", s.Server.Transport, s.Server.Host, s.Server.Port)),
		Status: r.Status, Reason: r.Reason, RingingMS: wording.Milliseconds(r.Ringing), SetupMS: wording.Milliseconds(r.Setup), FirstMediaMS: wording.Milliseconds(r.FirstMedia),
		TalkedS: wording.Milliseconds(r.Talked) / 1000, End: r.End, Left: r.Left,
	}
	if !r.Answered() {
		return v
	}
	m := r.Media
	v.Keys, v.Profile, v.RoundTripMS = m.Way.Keys, m.Way.Profile, wording.Milliseconds(m.RoundTrip)
	in, out := m.Received, m.Sent
	v.Heard = direction(in.Codec, in.Packets, in.Lost, in.Jitter, in.Quality)
	v.Heard.LevelDBFS, v.Heard.LoudestDBFS = r.Level.Mean, r.Level.Loudest
	v.Sent = direction(out.Codec, out.Packets, out.Lost, out.Jitter, out.Quality)
	return v
}

func direction(codec string, packets uint64, lost int64, jitter time.Duration, q media.Quality) *heard {
	h := &heard{Codec: codec, Packets: packets, Lost: max(lost, 0), JitterMS: wording.Milliseconds(jitter), MOS: math.Round(q.MOS*100) / 100, LoudestDBFS: float64(q.Loudest)}
	if all := packets + uint64(h.Lost); all > 0 {
		h.LossPercent = float64(int(float64(h.Lost)/float64(all)*10000+0.5)) / 100
	}
	return h
}

// write writes the result for people.
func (v callView) write(env environment) error {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(wording.Printable(fmt.Sprintf(format, args...)) + "\n")
	}
	line("%s calls %s at %s: %d %s", v.From, v.To, v.Server, v.Status, v.Reason)
	if v.SetupMS == 0 {
		_, err := io.WriteString(env.out, b.String())
		return err
	}
	times := fmt.Sprintf("answered after %.0f ms", v.SetupMS)
	if v.RingingMS > 0 {
		times = fmt.Sprintf("rang after %.0f ms, %s", v.RingingMS, times)
	}
	if v.FirstMediaMS > 0 {
		times += fmt.Sprintf(", first sound after %.0f ms", v.FirstMediaMS)
	}
	until := ""
	if v.Left {
		if until = ", until the far end hung up"; v.End != tandem.CauseNormal.Words() {
			until += ": " + v.End
		}
	}
	line("%s; talked %.1f s%s", times, v.TalkedS, until)
	if v.Keys != "" {
		line("encrypted: %s, %s", v.Keys, v.Profile)
	}
	for _, d := range []struct {
		name string
		*heard
	}{{"heard", v.Heard}, {"sent ", v.Sent}} {
		text := fmt.Sprintf("%s  %-11s %5d packets, %.1f %% lost, jitter %.1f ms", d.name, cmp.Or(d.Codec, "nothing"), d.Packets, d.LossPercent, d.JitterMS)
		if d.MOS > 0 {
			text += fmt.Sprintf(", MOS %.1f", d.MOS)
		}
		if d.LoudestDBFS != 0 {
			text += fmt.Sprintf(", loudest %.0f dBFS", d.LoudestDBFS)
		}
		line("%s", text)
	}
	_, err := io.WriteString(env.out, b.String())
	return err
}

// errNoPassword says that a user's password is not to be found.
var errNoPassword = errors.New("give --password, or $TANDEM_CALL_PASSWORD")
