package record

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"time"
)

// mendWAV lets the header say how much sound is there; half a sample at the end goes.
func mendWAV(f *os.File, size int64) (time.Duration, error) {
	if size < wavHeader {
		return 0, errNothing
	}
	head := make([]byte, wavHeader)
	if _, err := f.ReadAt(head, 0); err != nil {
		return 0, err
	}
	le := binary.LittleEndian
	w := &wavFile{f: f, channels: int(le.Uint16(head[22:])), rate: int(le.Uint32(head[24:])), data: le.Uint32(head[40:])}
	if w.rate <= 0 || w.channels != 1 && w.channels != 2 || !bytes.Equal(head, w.header()) {
		return 0, errForeign
	}
	block := int64(2 * w.channels)
	data := min(size-wavHeader, math.MaxUint32-wavHeader) / block * block
	if uint32(data) != w.data {
		w.data = uint32(data)
		if err := w.patch(); err != nil {
			return 0, err
		}
	}
	if size != wavHeader+data {
		if err := f.Truncate(wavHeader + data); err != nil {
			return 0, err
		}
	}
	return time.Duration(data/block) * time.Second / time.Duration(w.rate), nil
}
