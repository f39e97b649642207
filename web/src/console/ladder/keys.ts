// The keys of the ladder: sngrep's, and the few of a browser's page.

export type Act =
  | "next" | "previous" | "pageDown" | "pageUp" | "first" | "last" | "raw" | "mark" | "extended" | "sdpInfo" | "sdpOnly" | "toggleRaw" | "narrower" | "wider" | "resetRaw"
  | "media" | "time" | "color" | "repeats" | "pause" | "statistics" | "help" | "filter" | "save" | "back";

const acts: Record<string, Act> = {
  ArrowDown: "next",
  j: "next",
  ArrowUp: "previous",
  k: "previous",
  PageDown: "pageDown",
  PageUp: "pageUp",
  Home: "first",
  End: "last",
  Enter: "raw",
  " ": "mark",
  x: "extended",
  F4: "extended",
  d: "sdpInfo",
  D: "sdpOnly",
  F2: "sdpInfo",
  t: "toggleRaw",
  T: "resetRaw",
  "9": "narrower",
  "0": "wider",
  m: "media",
  F3: "media",
  w: "time",
  c: "color",
  F7: "color",
  s: "repeats",
  p: "pause",
  i: "statistics",
  "?": "help",
  F1: "help",
  h: "help",
  "/": "filter",
  S: "save",
  Escape: "back",
  q: "back",
};

/** keyOf gives what a key does; undefined where it is the browser's. */
export function keyOf(e: { key: string; ctrlKey: boolean; metaKey: boolean; altKey: boolean }): Act | undefined {
  if (e.ctrlKey || e.metaKey || e.altKey) return undefined;
  return acts[e.key];
}

/** keyHelp are the keys in words. */
export const keyHelp: Array<[string, string]> = [
  ["↑ ↓ j k", "to the message before, the next"],
  ["Enter", "read the message"],
  ["Space", "mark it; two that are marked are compared"],
  ["x F4", "one leg, all legs"],
  ["d F2", "what SDP says, on the arrows: not, in short, in full"],
  ["D", "only messages with SDP"],
  ["t", "the message beside the ladder"],
  ["9 0 T", "narrower, wider, as it was"],
  ["m F3", "media events"],
  ["w", "time: clock, since the last, since the first"],
  ["c F7", "color by answer, leg or CSeq"],
  ["s", "hide what was sent again"],
  ["p", "pause"],
  ["i", "count messages"],
  ["/", "find"],
  ["S", "save"],
  ["Esc q", "back"],
  ["? F1", "these keys"],
];
