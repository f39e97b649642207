package transport

import "unsafe"

// Ahead is a Sink whose memory is asked for ahead of its use. Between two packets of a
// call its memory has left the processor's caches, and to wait for that, one pointer after
// the other, takes longer than all that is done with it. But a reader mostly has packets of
// many calls at one moment: before it takes the first it goes along the pointers of all of
// them together, and each asks for what it points to, by Prefetch, and waits for nothing.
//
// FetchIn asks for what a packet touches that is step pointers away, 0 the Sink itself.
// The steps come in turn, so that what one has asked for the next may read, as far as
// nobody has to be waited for. It runs on the reader, like RTP.
type Ahead interface {
	FetchIn(step int)
}

// WireAhead is a Wire that takes part: FetchOut is the same for a packet that is sent.
type WireAhead interface {
	FetchOut(step int)
}

func (k *keysIn) fetch(step int) {
	if step == 0 {
		Prefetch(unsafe.Pointer(k), unsafe.Sizeof(*k))
	} else if k.in != nil {
		k.in.fetch(step - 1)
	}
}

func (k *keysOut) fetch(step int) {
	if step == 0 {
		Prefetch(unsafe.Pointer(k), unsafe.Sizeof(*k))
	} else if k.out != nil {
		k.out.fetch(step - 1)
	}
}

func (g *gcm) fetch(step int) {
	switch step {
	case 0:
		Prefetch(unsafe.Pointer(g), unsafe.Sizeof(*g))
	case 1:
		// The schedule of the key, and the table of GHASH, where crypto/cipher has
		// them today. Elsewhere it does no harm.
		aead := (*[2]unsafe.Pointer)(unsafe.Pointer(&g.aead))[1]
		Prefetch(aead, 8+11*16)
		Prefetch(unsafe.Add(aead, 8+2*240+16), 256)
	}
}

func (c *mediaCounter) fetch(step int) {
	switch step {
	case 0:
		Prefetch(unsafe.Pointer(c), unsafe.Sizeof(*c))
	case 1:
		Prefetch(unsafe.Pointer(c.counterMode), unsafe.Sizeof(*c.counterMode))
	}
}
