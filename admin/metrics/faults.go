package metrics

import (
	"slices"
	"sync"
	"time"
)

// faults remember since when what is wrong is.
type faults struct {
	mu  sync.Mutex // a leaf
	all map[string]PartFault
}

// look asks each part.
func (f *faults) look(now time.Time, ask map[string]func() string) {
	said := make(map[string]string, len(ask))
	for what, says := range ask {
		said[what] = says()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all == nil {
		f.all = map[string]PartFault{}
	}
	for what, text := range said {
		was, there := f.all[what]
		switch {
		case text == "":
			delete(f.all, what)
		case there:
			was.Text = text
			f.all[what] = was
		default:
			f.all[what] = PartFault{What: what, Since: now, Text: text}
		}
	}
}

func (f *faults) has(what string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, there := f.all[what]
	return there
}

func (f *faults) list() []PartFault {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]PartFault, 0, len(f.all))
	for _, one := range f.all {
		all = append(all, one)
	}
	slices.SortFunc(all, oldestFirst)
	return all
}
