package sound

import (
	"math"
	"sync"
	"time"
)

// The built-in music on hold is a slow broken chord over four harmonies, each
// note struck like a soft bell. All of it lies between 140 and 700 Hz and the
// octave above, so that every codec and every handset carries it.
const (
	melodyBeat  = 300 * time.Millisecond
	melodyLevel = -26.0 // dBFS, the mean of the whole
	melodyTone  = 294.0 // Hz
)

// melodyChords are the notes of each harmony as semitones above melodyTone;
// each is played up and down.
var melodyChords = [...][5]int{
	{-9, -5, -2, 3, 7},  // the home chord
	{-12, -5, 0, 3, 7},  // its minor relative
	{-4, 0, 3, 8, 12},   // the fourth
	{-2, 2, 5, 10, 14},  // the fifth
	{-9, -2, 3, 7, 10},  // home
	{-12, -4, 0, 3, 8},  // the fourth again, turned round
	{-7, -4, 0, 5, 8},   // the second, minor
	{-10, -7, -2, 2, 5}, // the fifth, which leads home
}

// melodyOrder is how a harmony's notes follow each other.
var melodyOrder = [...]int{0, 1, 2, 3, 4, 3, 2, 1}

// HoldMusic returns the built-in music on hold, to be played with Loop. It is
// made once, when it is first asked for, and shared; do not change it.
func HoldMusic() *Clip { return melody() }

var melody = sync.OnceValue(func() *Clip {
	beat := samplesIn(melodyBeat, voiceRate)
	total := beat * len(melodyChords) * len(melodyOrder)
	sum := make([]float64, total)
	for i := range len(melodyChords) * len(melodyOrder) {
		note := melodyChords[i/len(melodyOrder)][melodyOrder[i%len(melodyOrder)]]
		strike(sum, i*beat, melodyTone*math.Pow(2, float64(note)/12))
	}
	energy := 0.0
	for _, v := range sum {
		energy += v * v
	}
	gain := 32768 * math.Pow(10, melodyLevel/20) / math.Sqrt(energy/float64(total))
	// The seam of Loop is taken off the end: what is there sounds at the
	// beginning too, so that nothing of the round is lost.
	seam := samplesIn(loopSeam, voiceRate)
	pcm := make([]int16, total+seam)
	for i := range pcm {
		pcm[i] = int16(math.Round(sum[i%total] * gain))
	}
	return &Clip{narrow: pcm}
})

// strike adds a note that begins at at and dies away within two seconds, over
// the end into the beginning.
func strike(sum []float64, at int, hz float64) {
	const attack, decay = 0.012, 0.55 // s
	for i := range 2 * voiceRate {
		t := float64(i) / voiceRate
		loud := math.Exp(-t/decay) * math.Min(1, t/attack) * math.Min(1, (2-t)/0.1)
		phase := 2 * math.Pi * hz * t
		sum[(at+i)%len(sum)] += loud * (math.Sin(phase) + 0.3*math.Sin(2*phase)*math.Exp(-t/0.25))
	}
}
