package media

import "time"

// What one far end may send (transport.Quota): a packet each so often, and at once what
// comes of that in the time beside it. It is far above what anybody sends who means well.
// Who is let in, but sends a hundred thousand a second, floods neither the leg that listens
// nor the calls beside it.
const (
	soundEvery    = 2 * time.Millisecond   // 500 a second: five times what packets of 10 ms make, and Opus of 2.5 ms
	soundAtOnce   = 2 * time.Second        // 1000, what a network has held back for 10 to 20 s
	pictureEvery  = 100 * time.Microsecond // 10 000 a second, 100 Mbit/s; of RTCP as many
	pictureAtOnce = time.Second
)
