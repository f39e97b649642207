package codecs

import (
	"sync"
	"testing"
)

func TestPoolHandsOutByRateAndConfig(t *testing.T) {
	p := NewPool(4)
	d8, err := p.Decoder(8000)
	if err != nil {
		t.Fatal(err)
	}
	p.PutDecoder(d8)
	if d, _ := p.Decoder(16000); d == d8 || d.Rate() != 16000 {
		t.Errorf("a decoder at %d for 16000", d.Rate())
	}
	if d, _ := p.Decoder(8000); d != d8 {
		t.Error("a new decoder though an idle one fits")
	}
	e8, err := p.Encoder(OpusConfig{})
	if err != nil {
		t.Fatal(err)
	}
	p.PutEncoder(e8)
	if e, _ := p.Encoder(OpusConfig{DTX: true}); e == e8 {
		t.Error("an encoder without DTX for a config with it")
	}
	if e, _ := p.Encoder(OpusConfig{Rate: 8000, Bitrate: 16000, Complexity: 5}); e != e8 {
		t.Error("a new encoder though an idle one fits, defaults written out")
	}
}

func TestPoolRefusesWhatTheCodecDoesNotHave(t *testing.T) {
	p := NewPool(1)
	if _, err := p.Decoder(44100); err != ErrRate {
		t.Errorf("Decoder(44100): %v, want ErrRate", err)
	}
	if _, err := p.Encoder(OpusConfig{Rate: 44100}); err != ErrRate {
		t.Errorf("Encoder(44100): %v, want ErrRate", err)
	}
}

func TestPoolKeepsNoMoreThanItsBound(t *testing.T) {
	for _, keep := range []int{-1, 0, 1, 3} {
		p := NewPool(keep)
		var put []Decoder
		for range 5 {
			d, _ := NewOpusDecoder(8000)
			e, _ := NewOpusEncoder(OpusConfig{})
			p.PutDecoder(d)
			p.PutEncoder(e)
			put = append(put, d)
		}
		if want := max(keep, 0); len(p.decoders) != want || len(p.encoders) != want {
			t.Errorf("keep %d: %d decoders and %d encoders are idle", keep, len(p.decoders), len(p.encoders))
		}
		if d, _ := p.Decoder(8000); (d == put[4]) != (keep > 0) {
			t.Errorf("keep %d: the newest is not the one handed out", keep)
		}
	}
}

func TestPoolTakesNothingTwice(t *testing.T) {
	p := NewPool(4)
	d, _ := p.Decoder(8000)
	p.PutDecoder(d)
	p.PutDecoder(d)
	p.PutDecoder(NewULawDecoder())
	p.PutDecoder(nil)
	p.PutEncoder(NewALawEncoder())
	p.PutEncoder(nil)
	if len(p.decoders) != 1 || len(p.encoders) != 0 {
		t.Errorf("%d decoders and %d encoders are idle, want 1 and 0", len(p.decoders), len(p.encoders))
	}
}

func TestPoolFromManyGoroutines(t *testing.T) {
	p := NewPool(2)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			pcm := make([]int16, 960)
			b := make([]byte, 400)
			for range 10 {
				d, err := p.Decoder(8000)
				if err != nil {
					t.Error(err)
					return
				}
				e, err := p.Encoder(OpusConfig{})
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
	wg.Wait()
}
