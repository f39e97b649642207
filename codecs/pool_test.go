package codecs

import (
	"errors"
	"sync"
	"testing"
)

func pooledDecoder(t *testing.T, p *Pool, r Rate) Decoder {
	t.Helper()
	d, err := p.Decoder(r)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func pooledEncoder(t *testing.T, p *Pool, c OpusConfig) Encoder {
	t.Helper()
	e, err := p.Encoder(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestPoolLendsWhatCameBack(t *testing.T) {
	p := NewPool(0)
	d, e := pooledDecoder(t, p, Rate8k), pooledEncoder(t, p, OpusConfig{Rate: Rate8k})
	p.PutDecoder(d)
	p.PutEncoder(e)
	if other := pooledDecoder(t, p, Rate16k); other == d || other.Rate() != Rate16k {
		t.Errorf("Decoder(16000) is at %d", other.Rate())
	}
	if other := pooledEncoder(t, p, OpusConfig{Rate: Rate48k}); other == e || other.Rate() != Rate48k {
		t.Errorf("Encoder at 48000 is at %d", other.Rate())
	}
	if pooledDecoder(t, p, Rate8k) != d || pooledEncoder(t, p, OpusConfig{Rate: Rate8k}) != e {
		t.Error("made new ones with old ones at hand")
	}
	if pooledDecoder(t, p, Rate8k) == d || pooledEncoder(t, p, OpusConfig{Rate: Rate8k}) == e {
		t.Error("lent one twice")
	}
}

func TestPoolLendsThemAsNew(t *testing.T) {
	p := NewPool(0)
	pcm := voice(Rate8k, 8000)
	e := pooledEncoder(t, p, OpusConfig{Rate: Rate8k, Bitrate: 64000, Complexity: 1})
	d := pooledDecoder(t, p, Rate8k)
	e.SetLoss(30)
	many := packets(t, e, pcm, 160)
	listen(t, d, many)
	p.PutEncoder(e)
	p.PutDecoder(d)

	e, d = pooledEncoder(t, p, OpusConfig{Rate: Rate8k, Bitrate: 16000}), pooledDecoder(t, p, Rate8k)
	dst := make([]int16, Rate8k.MaxFrame())
	if d.Conceal(dst, 160); power(dst[:160]) != 0 {
		t.Error("the call before is heard")
	}
	sent := packets(t, e, pcm, 160)
	if n := size(sent); n*8 > 20000 || n*2 > size(many) {
		t.Errorf("%d bit/s, want the 16000 that were asked for", n*8)
	}
	if countFEC(sent) > 0 {
		t.Error("FEC for the loss of the call before")
	}
}

func size(packets [][]byte) int {
	n := 0
	for _, p := range packets {
		n += len(p)
	}
	return n
}

func TestPoolKeepsNoMoreThanItsBound(t *testing.T) {
	for keep, want := range map[int]int{-1: 0, 0: 5, 1: 1, 3: 3} {
		p := NewPool(keep)
		var ds []Decoder
		var es []Encoder
		for range 5 {
			ds, es = append(ds, pooledDecoder(t, p, Rate8k)), append(es, pooledEncoder(t, p, OpusConfig{Rate: Rate8k}))
		}
		for i := range ds {
			p.PutDecoder(ds[i])
			p.PutEncoder(es[i])
		}
		if d, e := len(p.decoders[Rate8k]), len(p.encoders[Rate8k]); d != want || e != want {
			t.Errorf("NewPool(%d) keeps %d decoders and %d encoders of 5, want %d", keep, d, e, want)
		}
	}
}

func TestPoolTakesNothingTwice(t *testing.T) {
	p := NewPool(0)
	d, e := pooledDecoder(t, p, Rate8k), pooledEncoder(t, p, OpusConfig{Rate: Rate8k})
	for range 2 {
		p.PutDecoder(d)
		p.PutEncoder(e)
	}
	p.PutDecoder(NewULawDecoder())
	p.PutDecoder(nil)
	p.PutEncoder(NewULawEncoder())
	p.PutEncoder(nil)
	if d, e := len(p.decoders[Rate8k]), len(p.encoders[Rate8k]); d != 1 || e != 1 {
		t.Errorf("keeps %d decoders and %d encoders, want one of each", d, e)
	}
	if _, err := d.Decode(make([]int16, 960), []byte{8, 1, 2, 3}); !errors.Is(err, ErrBusy) {
		t.Errorf("Decode after PutDecoder: %v, want ErrBusy", err)
	}
	if _, err := e.Encode(make([]byte, MaxPayload), make([]int16, 160)); !errors.Is(err, ErrBusy) {
		t.Errorf("Encode after PutEncoder: %v, want ErrBusy", err)
	}
}

func TestPoolTakesNothingInUse(t *testing.T) {
	p := NewPool(0)
	d := pooledDecoder(t, p, Rate8k)
	d.(*opusDecoder).enter() // as another goroutine would
	p.PutDecoder(d)
	if n := len(p.decoders[Rate8k]); n != 0 {
		t.Errorf("keeps %d decoders in use", n)
	}
}

func TestPoolRefusesWhatOpusDoesNotHave(t *testing.T) {
	p := NewPool(0)
	if _, err := p.Decoder(44100); err == nil {
		t.Error("Decoder(44100): no error")
	}
	if _, err := p.Encoder(OpusConfig{Rate: Rate8k, Complexity: 11}); err == nil {
		t.Error("Encoder of complexity 11: no error")
	}
}

func TestPoolFromManyGoroutines(t *testing.T) {
	p := NewPool(2)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			b, pcm := make([]byte, MaxPayload), make([]int16, 960)
			for range 10 {
				d, err := p.Decoder(Rate8k)
				if err != nil {
					t.Error(err)
					return
				}
				e, err := p.Encoder(OpusConfig{Rate: Rate8k})
				if err != nil {
					t.Error(err)
					return
				}
				n, err := e.Encode(b, pcm[:160])
				if err != nil {
					t.Error(err)
				}
				if _, err := d.Decode(pcm, b[:n]); err != nil {
					t.Error(err)
				}
				p.PutDecoder(d)
				p.PutEncoder(e)
			}
		})
	}
	all.Wait()
}
