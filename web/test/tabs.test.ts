import assert from "node:assert/strict";
import { test } from "node:test";
import { Tabs, type Channel } from "../src/tabs";

/** air is a BroadcastChannel for all that share it. */
function air() {
  const all = new Map<string, Set<Channel>>();
  return (name: string): Channel => {
    const here = all.get(name) ?? new Set();
    all.set(name, here);
    const c: Channel = {
      onmessage: null,
      postMessage: (m) => here.forEach((o) => o !== c && o.onmessage?.({ data: m })),
      close: () => void here.delete(c),
    };
    here.add(c);
    return c;
  };
}

test("the first tab is alone, the second finds it", async () => {
  const make = air();
  const one = new Tabs(make, "one");
  const two = new Tabs(make, "two");
  assert.equal(await one.others("1001"), false);
  assert.equal(await two.others("1001"), false, "one that has no phone yet does not count");
  one.enter(false);
  assert.equal(await two.others("1001"), true);
});

test("another user's phone is none", async () => {
  const make = air();
  const one = new Tabs(make, "one");
  await one.others("1001");
  one.enter(false);
  assert.equal(await new Tabs(make, "two").others("1002"), false);
});

test("a phone that is taken over knows it, once; one beside it goes on", async () => {
  const make = air();
  const [one, two, three] = ["one", "two", "three"].map((id) => new Tabs(make, id)) as [Tabs, Tabs, Tabs];
  await one.others("1001");
  one.enter(false);
  await two.others("1001");
  two.enter(false);
  assert.equal(one.taken.value, false);
  await three.others("1001");
  three.enter(true);
  assert.deepEqual([one.taken.value, two.taken.value, three.taken.value], [true, true, false]);
  two.close();
  three.close();
  assert.equal(await one.others("1001"), false);
  assert.equal(one.taken.value, false, "asking anew forgets it");
});

test("a tab that is closed says nothing any more", async () => {
  const make = air();
  const one = new Tabs(make, "one");
  await one.others("1001");
  one.enter(false);
  one.close();
  assert.equal(await new Tabs(make, "two").others("1001"), false);
});

test("nonsense on the channel does nothing", async () => {
  const make = air();
  const one = new Tabs(make, "one");
  await one.others("1001");
  one.enter(false);
  const odd = make("tandem-phone-1001");
  for (const m of [null, 5, "mine", {}, { say: "mine", from: "one" }]) odd.postMessage(m);
  assert.equal(one.taken.value, false);
});

test("where a browser has no channel a tab is always alone", async () => {
  const one = new Tabs(() => null);
  assert.equal(await one.others("1001"), false);
  one.enter(true);
});
