// Package record puts the sound of calls and rooms into files: WAV, or Ogg Opus
// (RFC 7845).
//
//	who has the sound      Recording              writer                 disk
//	  |-- WriteStereo ----->| a buffer of 3 s       |                     |
//	  |                     |-- half a second ----->| samples to octets   |
//	  |                     |                       |-- write ----------->|
//
// A Recorder has two writers for all its Recordings, each a goroutine, and one more
// that closes files. Whoever gives sound never waits for them: when the disk is too slow, silence of the same
// length takes the place of what it had no time for, so that the two sides of a
// call stay in step. A disk that is full ends the recording and nothing else. At
// most 1000 are in the making at a time, and each lasts 16 hours at most; a WAV as long
// as 4 GiB hold, 12 hours of one channel at 48000 samples a second.
package record
