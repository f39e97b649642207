package record

import (
	"encoding/binary"
	"fmt"
)

const (
	wavHeader = 44 // octets: RIFF, "fmt " and "data"
	wavPCM    = 1  // format code (RFC 2361)
)

// wavFile writes PCM of 16 bits.
type wavFile struct {
	f              File
	rate, channels int
	data           uint32 // octets after the header
	buf            []byte
}

func newWAVFile(f File, o Options) *wavFile {
	return &wavFile{f: f, rate: int(o.Rate), channels: o.Channels}
}

func (w *wavFile) header() []byte {
	b := make([]byte, 0, wavHeader)
	le := binary.LittleEndian
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, wavHeader-8+w.data)
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, wavPCM)
	b = le.AppendUint16(b, uint16(w.channels))
	b = le.AppendUint32(b, uint32(w.rate))
	b = le.AppendUint32(b, uint32(w.rate*w.channels*2))
	b = le.AppendUint16(b, uint16(w.channels*2))
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	return le.AppendUint32(b, w.data)
}

// begin implements container.
func (w *wavFile) begin() error {
	_, err := w.f.Write(w.header())
	if err != nil {
		return fmt.Errorf("WAV header: %w", err)
	}
	return nil
}

// write implements container.
func (w *wavFile) write(pcm []int16) error {
	w.buf = w.buf[:0]
	for _, v := range pcm {
		w.buf = append(w.buf, byte(v), byte(uint16(v)>>8))
	}
	n, err := w.f.Write(w.buf)
	w.data += uint32(max(n, 0) / (2 * w.channels) * (2 * w.channels))
	if err != nil {
		return fmt.Errorf("WAV data: %w", err)
	}
	return nil
}

// patch implements container.
func (w *wavFile) patch() error {
	if _, err := w.f.WriteAt(w.header(), 0); err != nil {
		return fmt.Errorf("WAV header: %w", err)
	}
	return nil
}

// end implements container.
func (w *wavFile) end() error { return w.patch() }
