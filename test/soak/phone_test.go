package soak

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tandemgw/tandem/test/peers"
)

// patience is how long the sound of a call is waited for.
const patience = 30 * time.Second

// media is the sound of a telephone: PCMU from a socket of its own.
type media struct {
	conn  *net.UDPConn
	to    *net.UDPAddr // the gateway's port
	heard atomic.Int64 // packets
	gaps  gaps         // of what is heard
	seq   uint16
	ts    uint32
	ear   func(payload []byte, at time.Time) // of each packet; may be nil
}

// gaps are what is missing of what is heard, and by whom: a sequence number that does not
// come was sent and lost, a time for which there is no number was never sent.
type gaps struct {
	lost, unsent atomic.Int64 // packets of 20 ms
	begun        bool         // what follows is the listener's
	seq          uint16
	ts           uint32
}

func (g *gaps) note(seq uint16, ts uint32) {
	step, span := int16(seq-g.seq), int32(ts-g.ts)/160
	switch {
	case g.begun && step <= 0: // out of order: it was counted as lost
		g.lost.Add(-1)
		return
	case g.begun:
		g.lost.Add(int64(step) - 1)
		g.unsent.Add(max(0, int64(span)-int64(step)))
	}
	g.begun, g.seq, g.ts = true, seq, ts
}

// openMedia opens the socket.
func openMedia(ip string, ear func([]byte, time.Time)) (*media, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(ip)})
	if err != nil {
		return nil, err
	}
	return &media{conn: conn, ear: ear}, nil
}

func (m *media) port() int { return m.conn.LocalAddr().(*net.UDPAddr).Port }

// listen counts what comes until the socket is closed.
func (m *media) listen() {
	buf := make([]byte, 2048)
	for {
		n, err := m.conn.Read(buf)
		if err != nil {
			return
		}
		if n > 12 && buf[1]&0x7f == 0 {
			m.heard.Add(1)
			m.gaps.note(binary.BigEndian.Uint16(buf[2:]), binary.BigEndian.Uint32(buf[4:]))
			if m.ear != nil {
				m.ear(buf[12:n], time.Now())
			}
		}
	}
}

// send sends 20 ms of sound.
func (m *media) send(payload []byte) {
	b := make([]byte, 12, 12+len(payload))
	b[0] = 0x80
	binary.BigEndian.PutUint16(b[2:], m.seq)
	binary.BigEndian.PutUint32(b[4:], m.ts)
	binary.BigEndian.PutUint32(b[8:], uint32(m.port()))
	m.seq++
	m.ts += 160
	_, _ = m.conn.WriteToUDP(append(b, payload...), m.to)
}

// follow sends to where a description of the gateway's says.
func (m *media) follow(description string) error {
	port, err := peers.AudioPort(description)
	m.to = &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	return err
}

// call is a call of a telephone's.
type call struct {
	*media
	dialog *peers.Dialog
}

// dial calls a number and waits for the answer.
func dial(gateway, number string, serial int, ear func([]byte, time.Time)) (*call, error) {
	m, err := openMedia(callerIP, ear)
	if err != nil {
		return nil, err
	}
	id := fmt.Sprintf("soak-%d-%d", serial, time.Now().UnixNano())
	d, answer, err := peers.Dial(gateway, callerIP, number, id, peers.Described(callerIP, m.port()))
	if err == nil {
		err = m.follow(answer)
	}
	if err != nil {
		_ = m.conn.Close()
		return nil, err
	}
	go m.listen()
	return &call{m, d}, nil
}

// hangUp ends the call.
func (c *call) hangUp() error {
	defer func() { _ = c.conn.Close() }()
	return c.dialog.HangUp()
}

// startAnswering answers all calls until the benchmark ends, and sends back what is
// heard; it returns the port.
func startAnswering(b *testing.B) int {
	b.Helper()
	var calls sync.Map // of *media by Call-ID
	a := &peers.Answering{
		Answer: func(id, _, offer string) (string, error) {
			echo, err := openMedia(calledIP, nil)
			if err != nil {
				return "", err
			}
			if err := echo.follow(offer); err != nil {
				_ = echo.conn.Close()
				return "", err
			}
			echo.ear = func(payload []byte, _ time.Time) { echo.send(bytes.Clone(payload)) }
			calls.Store(id, echo)
			go echo.listen()
			return peers.Described(calledIP, echo.port()), nil
		},
		Over: func(id string) {
			if echo, ok := calls.LoadAndDelete(id); ok {
				_ = echo.(*media).conn.Close()
			}
		},
	}
	return a.Start(b, calledIP)
}
