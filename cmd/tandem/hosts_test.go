package main

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var (
	one = netip.MustParseAddr("127.0.0.1")
	two = netip.MustParseAddr("127.0.0.2")
)

// hostsWith runs hosts with a resolver of the test's own, in virtual time.
func hostsWith(t *testing.T, names []string, find func(context.Context, string) ([]netip.Addr, error)) (*hosts, *output) {
	t.Helper()
	log := new(output)
	h := newHosts(names, slog.New(slog.NewTextHandler(log, nil)))
	h.find = find
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	return h, log
}

func TestACallNeverWaitsForAResolverThatIsNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := make([]string, 20)
		for i := range names {
			names[i] = string(rune('a'+i)) + ".example"
		}
		var asked atomic.Int32
		h, log := hostsWith(t, names, func(ctx context.Context, _ string) ([]netip.Addr, error) {
			asked.Add(1)
			<-ctx.Done()
			return nil, ctx.Err()
		})
		began := time.Now()
		if _, ok := h.Addr("a.example"); ok || time.Since(began) != 0 {
			t.Errorf("Addr took %v", time.Since(began))
		}
		time.Sleep(3 * lookupTime)
		synctest.Wait()
		if n := asked.Load(); n != 20 {
			t.Errorf("%d names were asked for within three lookups' time, want all 20", n)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := strings.Count(log.String(), "not found"); n != len(names) {
			t.Errorf("%d warnings in an hour, want one a name", n)
		}
	})
}

func TestTheLastAddressStaysWhileTheResolverIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var answer atomic.Pointer[[]netip.Addr]
		set := func(a ...netip.Addr) { answer.Store(&a) }
		set()
		h, _ := hostsWith(t, []string{"a.example"}, func(context.Context, string) ([]netip.Addr, error) {
			if a := *answer.Load(); len(a) > 0 {
				return append([]netip.Addr(nil), a...), nil
			}
			return nil, errors.New("away")
		})
		want := func(when string, after time.Duration, a netip.Addr) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if got, _ := h.Addr("a.example"); got != a {
				t.Errorf("%s: %v, want %v", when, got, a)
			}
		}
		want("before", 0, netip.Addr{})
		set(netip.AddrFrom16(one.As16()), two)
		want("soon after the resolver is back", retryHosts, one)
		set(two, one)
		want("another order", refreshHosts, one)
		set()
		want("away", refreshHosts, one)
		set(two)
		want("moved", refreshHosts, two)
	})
}

func TestWithoutNamesNothingIsLookedUp(t *testing.T) {
	h := newHosts(nil, slog.New(slog.DiscardHandler))
	h.find = func(context.Context, string) ([]netip.Addr, error) {
		t.Error("a name was looked up")
		return nil, nil
	}
	if err := h.Run(t.Context()); err != nil {
		t.Error(err)
	}
}
