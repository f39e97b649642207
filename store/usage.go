package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	"time"
)

// saveEvery is how often what is used is written, while calls last: a crash forgets no more.
const saveEvery = time.Minute

// maxUsage bounds who is remembered in a file that somebody else may have written.
const maxUsage = 200_000

// Limit is how much somebody may use. Zero values are no limits.
type Limit struct {
	Who     string        // whose calls are counted together, such as "user:201"
	Setting string        // what sets it, for whoever is refused
	Status  int           // of the refusal
	Calls   int           // at one time
	Day     time.Duration // talked in a day of the clock
	Month   time.Duration // talked in a month
}

// Refusal is an error that names the setting that decides.
type Refusal struct {
	Status int
	Why    string
}

// Error gives the reason.
func (r *Refusal) Error() string { return r.Why }

// SIPStatus gives the status of the refusal.
func (r *Refusal) SIPStatus() int { return r.Status }

// Usage counts how long users and trunks have talked, over restarts, and holds them to their limits.
type Usage struct {
	path string
	zone *time.Location

	mu      sync.Mutex // a leaf
	talked  map[string]*talked
	running map[*Charge]bool
	dirty   bool
}

// talked is how long somebody has talked in the day and month that are named.
type talked struct {
	Date  string        `json:"date"` // 2026-11-21
	Day   time.Duration `json:"day"`
	Month time.Duration `json:"month"`
}

// Charge is one call that is counted.
type Charge struct {
	usage  *Usage
	limits []Limit
	since  time.Time // guarded by usage.mu: what is not counted yet began then; zero before the answer
	timer  *time.Timer
	cut    func(why string)
	over   bool
}

// OpenUsage reads what was used. Days and months begin in the zone; nil means UTC.
func OpenUsage(path string, zone *time.Location) (*Usage, error) {
	if zone == nil {
		zone = time.UTC
	}
	u := &Usage{path: path, zone: zone, talked: map[string]*talked{}, running: map[*Charge]bool{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return u, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was talked: %w", err)
	}
	if err := json.Unmarshal(text, &u.talked); err != nil || len(u.talked) > maxUsage {
		return nil, fmt.Errorf("%s does not hold what was talked: remove it to begin anew", path)
	}
	maps.DeleteFunc(u.talked, func(_ string, t *talked) bool { return t == nil || t.Day < 0 || t.Month < 0 })
	return u, nil
}

// Begin counts a call that is about to be made. A *Refusal says which limit it would pass.
func (u *Usage) Begin(limits []Limit) (*Charge, error) {
	now := time.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, l := range limits {
		calls := 0
		for c := range u.running {
			if c.counts(l.Who) {
				calls++
			}
		}
		if l.Calls > 0 && calls >= l.Calls {
			return nil, &Refusal{l.Status, fmt.Sprintf("%s has as many calls through trunks as it may, %d: max_calls of %s", l.Who, calls, l.Setting)}
		}
		if left, why := u.leftLocked(l, now); left <= 0 {
			return nil, &Refusal{l.Status, why}
		}
	}
	c := &Charge{usage: u, limits: limits}
	u.running[c] = true
	return c, nil
}

func (c *Charge) counts(who string) bool {
	for _, l := range c.limits {
		if l.Who == who {
			return true
		}
	}
	return false
}

// unlimited is more than anybody talks.
const unlimited = 1000 * time.Hour

// leftLocked says how long may be talked yet, and where it is nothing why.
func (u *Usage) leftLocked(l Limit, now time.Time) (time.Duration, string) {
	day, month := u.talkedLocked(l.Who, now)
	left, why := unlimited, ""
	if l.Day > 0 && l.Day-day < left {
		left, why = l.Day-day, fmt.Sprintf("%s has talked %s today: minutes_a_day of %s", l.Who, minutes(day), l.Setting)
	}
	if l.Month > 0 && l.Month-month < left {
		left, why = l.Month-month, fmt.Sprintf("%s has talked %s this month: minutes_a_month of %s", l.Who, minutes(month), l.Setting)
	}
	return left, why
}

// talkedLocked gives how long somebody has talked today and this month, calls that last included.
func (u *Usage) talkedLocked(who string, now time.Time) (day, month time.Duration) {
	date := now.In(u.zone).Format(time.DateOnly)
	if t := u.talked[who]; t != nil {
		if t.Date == date {
			day = t.Day
		}
		if t.Date[:min(7, len(t.Date))] == date[:7] {
			month = t.Month
		}
	}
	for c := range u.running {
		if !c.since.IsZero() && c.counts(who) {
			day, month = day+now.Sub(c.since), month+now.Sub(c.since)
		}
	}
	return day, month
}

// talkingLocked gives how many calls of somebody are talked now; at least one.
func (u *Usage) talkingLocked(who string) int {
	n := 0
	for c := range u.running {
		if !c.since.IsZero() && c.counts(who) {
			n++
		}
	}
	return max(n, 1)
}

func minutes(d time.Duration) string {
	if d < 2*time.Minute {
		return d.Round(time.Second).String()
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}

// Answered says that the call is talked from now on. cut is called, at most once and on a goroutine of its own, when a
// limit is reached; the call is then to be ended.
func (c *Charge) Answered(cut func(why string)) {
	c.usage.mu.Lock()
	defer c.usage.mu.Unlock()
	if c.over || !c.since.IsZero() {
		return
	}
	c.since, c.cut = time.Now(), cut
	c.watchLocked()
	for o := range c.usage.running { // which have less time from now on
		if o != c && !o.since.IsZero() && slices.ContainsFunc(c.limits, func(l Limit) bool { return l.timed() && o.counts(l.Who) }) {
			o.watchLocked()
		}
	}
}

func (l Limit) timed() bool { return l.Day > 0 || l.Month > 0 }

// watchLocked waits until the first of the limits is reached. Other calls draw on the same ones: it looks again then.
func (c *Charge) watchLocked() {
	if c.timer != nil {
		c.timer.Stop()
	}
	now, left := time.Now(), unlimited
	for _, l := range c.limits {
		if !l.timed() {
			continue
		}
		one, why := c.usage.leftLocked(l, now)
		if one <= 0 {
			go c.cut(why)
			return
		}
		left = min(left, max(one/time.Duration(c.usage.talkingLocked(l.Who)), time.Second))
	}
	if left == unlimited {
		return
	}
	c.timer = time.AfterFunc(left, func() {
		c.usage.mu.Lock()
		defer c.usage.mu.Unlock()
		if !c.over {
			c.watchLocked()
		}
	})
}

// End says that the call is over. It is idempotent.
func (c *Charge) End() {
	u := c.usage
	u.mu.Lock()
	defer u.mu.Unlock()
	if c.over {
		return
	}
	c.over = true
	if c.timer != nil {
		c.timer.Stop()
	}
	u.settleLocked(c, time.Now())
	delete(u.running, c)
}

// settleLocked adds what has been talked since the last time.
func (u *Usage) settleLocked(c *Charge, now time.Time) {
	if c.since.IsZero() {
		return
	}
	date := now.In(u.zone).Format(time.DateOnly)
	spent := now.Sub(c.since)
	c.since = now
	for _, l := range c.limits {
		t := u.talked[l.Who]
		if t == nil {
			t = &talked{Date: date}
			u.talked[l.Who] = t
		}
		if len(t.Date) < 7 || t.Date[:7] != date[:7] {
			t.Month = 0
		}
		if t.Date != date {
			t.Date, t.Day = date, 0
		}
		t.Day, t.Month = t.Day+spent, t.Month+spent
		u.dirty = true
	}
}

// Run writes what is used from time to time, until ctx is done, and then a last time.
func (u *Usage) Run(ctx context.Context) error {
	ticker := time.NewTicker(saveEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if err := u.save(); err != nil {
				return err
			}
		case <-ctx.Done():
			return u.save()
		}
	}
}

// Close writes what is used. It is idempotent.
func (u *Usage) Close() error { return u.save() }

// save writes the file, whole or not at all. Months that are over are forgotten.
func (u *Usage) save() error {
	u.mu.Lock()
	now := time.Now()
	for c := range u.running {
		u.settleLocked(c, now)
	}
	if !u.dirty {
		u.mu.Unlock()
		return nil
	}
	month := now.In(u.zone).Format("2006-01")
	maps.DeleteFunc(u.talked, func(_ string, t *talked) bool { return len(t.Date) < 7 || t.Date[:7] != month })
	text, err := json.Marshal(u.talked)
	u.dirty = false
	u.mu.Unlock()
	if err == nil {
		if err = os.WriteFile(u.path+unfinished, text, 0o600); err == nil {
			err = os.Rename(u.path+unfinished, u.path)
		}
	}
	if err != nil {
		u.mu.Lock()
		u.dirty = true
		u.mu.Unlock()
		return fmt.Errorf("write what was talked: %w", err)
	}
	return nil
}
