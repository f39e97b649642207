package media

import (
	"slices"
	"testing"

	"github.com/tandemgw/tandem/media/sdp"
	"github.com/tandemgw/tandem/media/transport"
)

// Where two lines of a bundle share their payload types a source decides, also one that
// nobody has named: browsers name none where they offer simulcast.
func TestSourcesThatNobodyHasNamedAreOfTheLineThatNamesNone(t *testing.T) {
	for name, named := range map[string][2][]uint32{
		"the first":  {nil, {7}},
		"the second": {{7}, nil},
		"both":       {{7}, {farVideo}},
	} {
		t.Run(name, func(t *testing.T) {
			s := videoStream(testVP8, allFeedback, 0)
			s.Lines = append(s.Lines, s.Lines[0])
			s.Lines[1].Number = 1
			for i := range s.Lines {
				s.Lines[i].Remote.SSRCs = named[i]
			}
			l := newTestLeg(t, newTestEngine(t, Config{Workers: 1}), Options{}, nil)
			offer := LineOffer{Kind: sdp.KindVideo, Codecs: []sdp.Codec{{Name: sdp.NameVP8, Clock: 90000}}}
			second := offer
			second.Number = 1
			l.LocalLines([]LineOffer{offer, second})
			if err := l.Apply(s); err != nil {
				t.Fatal(err)
			}
			l.film(testVP8, 1, 1, transport.Now())
			for i := range s.Lines {
				of := named[i] == nil || slices.Contains(named[i], farVideo)
				if got := l.Endpoint.video[i].source.Load() == farVideo; got != of {
					t.Errorf("line %d has the packet: %v, want %v", i, got, of)
				}
			}
		})
	}
}
