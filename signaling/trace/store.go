package trace

import (
	"cmp"
	"container/list"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tandemgw/tandem"
	"github.com/tandemgw/tandem/bridge"
	"github.com/tandemgw/tandem/signaling/flow"
	"github.com/tandemgw/tandem/signaling/txn"
)

// Config is what a Store is made of; the zero value is usable.
type Config struct {
	// MaxItems and MaxOctets bound what is kept of one call; 0 means 250 items and
	// 256 KiB. Those in the middle of the call are left out first: how a call began
	// and how it ended is what one looks for.
	MaxItems, MaxOctets int
	// Memory bounds what is kept of all calls, in octets; 0 means 256 MiB, below 0
	// nothing is kept.
	Memory int64
	// Archive keeps calls on disk when they are over; nil means nowhere.
	Archive *Archive
	// Log may be nil.
	Log *slog.Logger
}

// Store is what is known of the calls that there are, and of those that ended
// lately. It implements bridge.Observer.
type Store struct {
	log     *slog.Logger
	archive *Archive // immutable

	mu      sync.Mutex // a leaf: guards what follows
	cfg     Config
	calls   map[tandem.CallID]*call
	refs    map[string]place // by Call-ID
	waiting waiting
	clears  map[*call]struct{} // those of which something is kept in the clear and whose media is closed
	ended   list.List          // *call, in the order in which they ended
	settle  []*call            // those that ended a moment ago, for Run
	octets  int64
	seq     uint64
	counts  Counters
}

// Counters are what a Store has counted, and its sizes now.
type Counters struct {
	// Messages are those that were seen, Omitted items those that were left out for
	// want of room.
	Messages, Omitted uint64
	// Calls, Octets and Waiting are what there is now.
	Calls, Waiting int
	Octets         int64
}

// place is where messages of a Call-ID belong.
type place struct {
	call *call
	leg  tandem.LegID
}

// call is what is known of one call. The Store's mutex guards it.
type call struct {
	Summary
	legs    []party
	items   []Item
	octets  int
	element *list.Element // of Store.ended; nil before
	media   []mediaLog
	judge   judge
	clear   bool // packets are to be kept in the clear
	judged  bool
	// forgotten says that it is not in memory any more.
	forgotten bool
}

// party is a leg, with where its messages come from.
type party struct {
	Leg
	at netip.AddrPort
}

// callCost is what a call costs beside its items, about, in octets.
const callCost = 4096

var _ bridge.Observer = (*Store)(nil)

// New returns a Store that knows of no call.
func New(c Config) *Store {
	s := &Store{
		log: c.Log, archive: c.Archive,
		calls: make(map[tandem.CallID]*call), refs: make(map[string]place), clears: make(map[*call]struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.cfg = c.withDefaults()
	s.waiting.init()
	return s
}

func (c Config) withDefaults() Config {
	c.MaxItems, c.MaxOctets = cmp.Or(c.MaxItems, 250), cmp.Or(c.MaxOctets, 256<<10)
	c.Memory = cmp.Or(c.Memory, 256<<20)
	return c
}

// SetRules changes the bound of what is kept of all calls in memory, as Config.Memory
// has it, and what is kept on disk.
func (s *Store) SetRules(memory int64, r Rules) {
	s.mu.Lock()
	s.cfg.Memory = cmp.Or(memory, 256<<20)
	s.makeRoomLocked(0)
	s.mu.Unlock()
	if s.archive != nil {
		s.archive.SetRules(r)
	}
}

// Message is told of each message as it comes and goes; it is for txn.Config.Trace.
// It neither blocks nor keeps raw.
func (s *Store) Message(f *flow.Flow, dir txn.Direction, raw []byte) {
	ref := callID(raw)
	s.mu.Lock()
	where, known := s.refs[string(ref)]
	wanted := known || s.wantedLocked(ref, raw)
	s.counts.Messages++
	s.mu.Unlock()
	if !wanted {
		return
	}
	i := Item{
		At: time.Now(), Kind: SIP, In: dir == txn.In, Transport: f.Kind().String(),
		Local: unmapped(f.Local()), Remote: unmapped(f.Remote()), Text: slices.Clone(raw),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if where, known = s.refs[string(ref)]; !known { // it may be known since
		s.numberLocked(&i)
		if s.cfg.Memory > 0 {
			s.waiting.add(string(ref), i)
		}
		return
	}
	i.Leg = where.leg
	s.addLocked(where.call, i)
}

// numberLocked gives an item its place among all.
func (s *Store) numberLocked(i *Item) {
	s.seq++
	i.Seq = s.seq
}

// wantedLocked says whether a message that belongs to no call so far is of use: an
// INVITE may begin one, others go on with what waits.
func (s *Store) wantedLocked(ref, raw []byte) bool {
	return begins(raw) && s.cfg.Memory > 0 || s.waiting.has(ref)
}

// Correlate returns the call that a Call-ID belongs to, empty for none.
func (s *Store) Correlate(ref string) tandem.CallID {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.refs[ref]; ok {
		return p.call.Call
	}
	return ""
}

// addLocked adds an item to a call.
func (s *Store) addLocked(c *call, i Item) {
	i.Call = c.Call
	if i.Kind == SIP {
		c.Messages++
		c.addressLocked(&i)
	}
	s.numberLocked(&i)
	size := i.cost()
	for len(c.items) > 0 && (len(c.items) >= s.cfg.MaxItems || c.octets+size > s.cfg.MaxOctets) {
		middle := len(c.items) / 2
		s.resizeLocked(c, -c.items[middle].cost())
		c.items = slices.Delete(c.items, middle, middle+1)
		c.Omitted++
		s.counts.Omitted++
	}
	s.makeRoomLocked(size)
	if size > s.cfg.MaxOctets || s.octets+int64(size) > s.cfg.Memory {
		c.Omitted++
		s.counts.Omitted++
		return
	}
	c.items = append(c.items, i)
	s.resizeLocked(c, size)
}

// addressLocked notes where a leg's messages come from.
func (c *call) addressLocked(i *Item) {
	for n := range c.legs {
		if l := &c.legs[n]; l.ID == i.Leg && l.at != i.Remote && (i.In || !l.at.IsValid()) {
			l.at, l.Address = i.Remote, i.Remote.String()+"/"+i.Transport
		}
	}
}

func (s *Store) resizeLocked(c *call, by int) {
	if c.forgotten { // and what it took with it
		return
	}
	c.octets += by
	s.octets += int64(by)
}

// makeRoomLocked forgets the calls that ended first while there is no room for size
// more.
func (s *Store) makeRoomLocked(size int) {
	for s.octets+int64(size) > max(s.cfg.Memory, 0) && s.ended.Len() > 0 {
		s.forgetLocked(s.ended.Front().Value.(*call))
	}
}

// forgetLocked lets go of a call that is over. One that is not judged yet still is.
func (s *Store) forgetLocked(c *call) {
	if c.element != nil {
		s.ended.Remove(c.element)
	}
	delete(s.calls, c.Call)
	delete(s.clears, c)
	for _, l := range c.legs {
		if s.refs[l.Ref].call == c {
			delete(s.refs, l.Ref)
		}
	}
	s.octets -= int64(c.octets + callCost)
	c.forgotten = true
}

// Items returns what is in memory of a call, the oldest first; nil where there is
// nothing.
func (s *Store) Items(id tandem.CallID) []Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.calls[id]; c != nil {
		return slices.Clone(c.items)
	}
	return nil
}

// Filter chooses calls; the zero value all of them.
type Filter struct {
	// User is who calls or is called, in part.
	User string
	// Live leaves out calls that are over, Problems those without any.
	Live, Problems bool
	// Limit bounds how many are returned; 0 means 1000.
	Limit int
}

func (f *Filter) takes(c *Summary) bool {
	if f.Live && !c.End.IsZero() || f.Problems && len(c.Problems) == 0 {
		return false
	}
	user := strings.ToLower(f.User)
	return user == "" || strings.Contains(strings.ToLower(c.From), user) || strings.Contains(strings.ToLower(c.To), user)
}

// Calls returns the calls in memory that f takes, the newest first.
func (s *Store) Calls(f Filter) []Summary {
	s.mu.Lock()
	all := make([]Summary, 0, 64)
	for _, c := range s.calls {
		if f.takes(&c.Summary) {
			sum := c.Summary
			sum.Octets, sum.Problems = c.octets, slices.Clone(c.Problems)
			all = append(all, sum)
		}
	}
	s.mu.Unlock()
	slices.SortFunc(all, func(a, b Summary) int { return cmp.Or(b.Start.Compare(a.Start), cmp.Compare(a.Call, b.Call)) })
	return all[:min(len(all), cmp.Or(f.Limit, 1000))]
}

// Counters returns the counts.
func (s *Store) Counters() Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.Calls, c.Waiting, c.Octets = len(s.calls), s.waiting.len(), s.octets
	return c
}
