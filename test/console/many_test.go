package console

import "github.com/tandemgw/tandem/test/peers"

// manyCalls puts a thousand calls into the page in place of the gateway's, of which
// events change the half each second: more than the gateway would tell.
const manyCalls = `(() => {
	const since = (i) => new Date(Date.now() - i * 1000).toISOString();
	const sound = (codec) => ({packets: 9, mos: 4.1, codec});
	const leg = (id, path, codec) => ({id, party: 'user:' + id, path, chain: 'opus/48000 -> pcmu/8000 transcoded', hears: sound(codec), says: sound(codec)});
	const calls = Array.from({length: 1000}, (_, i) => ({
		id: 'many' + i, from: 'Ann <' + (2000 + i) + '>', to: String(5000 + i), with: 'user:' + (5000 + i), state: 'talking', since: since(i), talked: since(i),
		direction: 'out', trunk: 'alpha', row: 'tandem.hcl:28', chips: i % 20 ? [] : ['low-mos'], legs: [leg('a', 'wss 192.0.2.1:5', 'opus/48000'), leg('b', 'udp 192.0.2.2:5', 'pcmu/8000')],
	}));
	const ask = window.fetch;
	window.fetch = (url, o) => String(url).endsWith('/api/v1/calls') ? Promise.resolve(new Response(JSON.stringify({calls}), {headers: {'Content-Type': 'application/json'}})) : ask(url, o);
	window.EventSource = class extends EventTarget {
		constructor() {
			super();
			this.readyState = 1;
			let n = 0;
			this.timer = setInterval(() => {
				const changed = calls.filter((_, i) => i % 2 === 0).map((c) => ({...c, state: n % 2 ? 'talking' : 'held'}));
				n++;
				this.dispatchEvent(new MessageEvent('calls', {data: JSON.stringify({changed})}));
			}, 1000);
		}
		close() { clearInterval(this.timer); }
	};
})()`

// scroll goes through the list for sixty frames, and says how long they took, how many
// rows there were and how much memory the page has.
const scroll = `new Promise((done) => {
	const box = document.querySelector('[data-testid=table]'), at = [];
	const step = (t) => {
		at.push(t);
		box.scrollTop += 220;
		if (at.length < 60) return requestAnimationFrame(step);
		const gaps = at.slice(1).map((x, i) => x - at[i]).sort((a, b) => a - b);
		done({median: gaps[gaps.length >> 1], worst: gaps.at(-1), rows: document.querySelectorAll('tbody tr[data-id]').length, heap: performance.memory?.usedJSHeapSize ?? 0});
	};
	requestAnimationFrame(step);
})`

// seeMany has a thousand calls in the list: only those that are seen are drawn, what
// changes is drawn all the same, and the last is a key away. How quick it is is
// told, not judged: that depends on who else uses the machine.
func (o *operator) seeMany() {
	o.t.Helper()
	o.Click("nav-history")
	o.Do(manyCalls)
	o.Click("nav-calls")
	o.Sees("a thousand calls", "/1\\u202f000 calls/.test(document.querySelector('[data-testid=calls-note]')?.innerText ?? '')")
	o.Sees("what events change", "[...document.querySelectorAll('tbody tr[data-id]')].some((r) => /held/.test(r.innerText))")
	f := peers.Eval[struct {
		Median, Worst, Heap float64
		Rows                int
	}](o.Tab, scroll)
	o.t.Logf("a thousand calls: a frame takes %.1f ms (the worst %.1f), %d rows, %.1f MB", f.Median, f.Worst, f.Rows, f.Heap/1e6)
	if f.Rows == 0 || f.Rows > 100 {
		o.t.Errorf("%d rows of a thousand are drawn", f.Rows)
	}
	if f.Heap > 150e6 {
		o.t.Errorf("the page has %.0f MB", f.Heap/1e6)
	}
	o.Do("document.querySelector('[data-testid=table]').focus()")
	o.Do("document.querySelector('[data-testid=table]').dispatchEvent(new KeyboardEvent('keydown', {key: 'End', bubbles: true}))")
	o.Sees("the last call with the focus", "document.activeElement?.dataset.row === '999'")
	o.Do("location.reload()")
	o.Has("nav-calls")
}
