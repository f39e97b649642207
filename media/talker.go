package media

import "math"

const (
	// A frame is somebody's voice when it is louder than voiceAbove dB over the
	// noise of his line, and not softer than voiceLeast; noise is never thought to
	// be louder than noiseMost. All levels are in dB of full scale.
	voiceAbove = 8
	voiceLeast = -52
	noiseMost  = -42
	noiseLeast = -80
	// noiseRise is how fast the noise is believed to grow, in dB a frame: 1 dB/s.
	noiseRise = 0.02
	// voiceHang is for how many frames somebody is still speaking who is silent:
	// words have pauses.
	voiceHang = 20
)

// talker tells, frame by frame of 20 ms, whether somebody speaks. The zero talker
// has heard nothing.
type talker struct {
	on    bool
	level float64 // of the last frame, dBFS; noiseLeast at least
	noise float64 // 0: nothing heard yet
	hang  int
}

// hear takes the next frame.
func (v *talker) hear(pcm []int16) {
	v.level = loudness(pcm)
	switch {
	case v.noise == 0:
		v.noise = min(v.level, noiseMost-10)
	case v.level < v.noise:
		v.noise += (v.level - v.noise) / 4
	default:
		v.noise = min(v.noise+noiseRise, noiseMost)
	}
	open := max(voiceLeast, v.noise+voiceAbove)
	switch {
	case v.level >= open:
		v.on, v.hang = true, voiceHang
	case v.on && v.level >= open-4 && v.hang > voiceHang/2:
	case v.hang > 0:
		v.hang--
	default:
		v.on = false
	}
}

// loudness returns the level of pcm in dB of a full-scale square wave.
func loudness(pcm []int16) float64 {
	if len(pcm) == 0 {
		return noiseLeast
	}
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return max(noiseLeast, 10*math.Log10(sum/float64(len(pcm))/(32768*32768)+1e-12))
}
