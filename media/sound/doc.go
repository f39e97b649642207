// Package sound is what callers are played: files, tones of countries, chimes,
// music on hold. A Clip is decoded once and shared by all who hear it; a Source is
// one playing of it, and belongs to whoever plays. Nothing here knows of packets.
//
// Files are WAV, PCM or G.711, of at most 32 MiB and ten minutes. Each clip is kept
// at 8000 samples a second, and at 16000 where it has anything above 4 kHz.
package sound
