package numbering

import "sync"

// cacheSize is how many answers one generation of a cache holds: with numbers of MaxLength octets a cache is below a
// megabyte.
const cacheSize = 2048

// cache keeps the last answers, in two generations: when the younger is full it becomes the older, and the older is
// forgotten.
type cache[K comparable, V any] struct {
	mu         sync.Mutex // a leaf: nothing is called while it is held
	young, old map[K]V
}

func newCache[K comparable, V any]() *cache[K, V] {
	return &cache[K, V]{young: make(map[K]V)}
}

func (c *cache[K, V]) get(k K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.young[k]
	if ok {
		return v, true
	}
	if v, ok = c.old[k]; ok {
		c.keepLocked(k, v)
	}
	return v, ok
}

func (c *cache[K, V]) put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keepLocked(k, v)
}

func (c *cache[K, V]) keepLocked(k K, v V) {
	if len(c.young) >= cacheSize {
		c.old, c.young = c.young, make(map[K]V, cacheSize)
	}
	c.young[k] = v
}
