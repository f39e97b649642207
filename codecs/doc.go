// Package codecs turns what RTP packets carry into samples and back, and makes
// the tones of a telephone.
//
// The nouns:
//
//   - Rate is how many samples a second there are. PCM is []int16, mono.
//   - Decoder and Encoder are one direction of one stream: G.711 in both laws
//     (RFC 3551 §4.5.14), G.722 (§4.5.2), L16 (§4.5.11) and Opus (RFC 6716, RFC
//     7587). Opus runs at the rate of the other leg, so it is never resampled;
//     its RTP clock is 48000 at every Rate.
//   - Resampler leads from one Rate to another where both ends have fixed ones.
//   - ComfortNoise is what is heard in a pause, NoiseFloor how loud it should be
//     (RFC 3389).
//   - Engine is what Opus runs on: gopus, pure Go, by default; libopus through
//     cgo with the build tag libopus. Both are the same behind Decoder and
//     Encoder, and pass the same tests.
//   - Pool keeps Opus codecs that calls have given back: they cost 20 to 420 KiB
//     each.
//   - Tone writes a Spec as samples, frame by frame: call progress tones (ITU-T
//     E.180) by country, DTMF (ITU-T Q.23) and plain sines.
//
// Goroutines: none. A Decoder, an Encoder and a Tone belong to one goroutine at
// a time; an Opus codec that two use at once answers ErrBusy to one of them,
// where libopus by itself would abort the process. A Pool may be used by all.
//
// Memory: at steady state nothing here allocates per frame, with one exception:
// gopus does so where there is loss, some 11 KB a frame while it encodes FEC and
// 1 to 3 KB for each lost packet. From complexity 7 on it does so always.
//
// Limits: a payload gives at most 120 ms (Rate.MaxFrame); what gives more, or is not
// well formed, is ErrMalformed and leaves the Decoder as it was.
package codecs
