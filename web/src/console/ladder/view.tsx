import { useSignal } from "@preact/signals";
import type { Ref } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { millis } from "../format";
import { Choice, Empty, Toggle } from "../parts/ui";
import { go } from "../router";
import { partyWords } from "../words";
import { diff } from "./diff";
import { keyHelp, keyOf, type Act } from "./keys";
import { plainView, sdpWords, shown, statistics, timeOf, type Lane, type Row, type View } from "./model";

// The ladder: an arrow for each message, a line for each leg, tandem in the midst.
// Its keys are sngrep's.

interface Props {
  id: string;
  lanes: Lane[];
  rows: Row[];
  live: boolean;
}

const widths = [30, 38, 46, 54, 62];

export function LadderTab({ id, lanes, rows: fresh, live }: Props) {
  const view = useSignal<View>(plainView);
  const chosen = useSignal(0);
  const marked = useSignal<number[]>([]);
  const raw = useSignal(true);
  const width = useSignal(2);
  const frozen = useSignal<Row[] | null>(null);
  const panel = useSignal<"" | "keys" | "statistics">("");
  const box = useRef<HTMLDivElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const text = useRef<HTMLDivElement>(null);

  const rows = frozen.value ?? fresh;
  const list = shown(rows, view.value);
  const at = Math.max(0, list.findIndex((r) => r.index === chosen.value));
  const row = list[at];
  const set = (v: Partial<View>) => (view.value = { ...view.peek(), ...v });
  const pick = (i: number) => {
    const r = list[Math.min(list.length - 1, Math.max(0, i))];
    if (!r) return;
    chosen.value = r.index;
    box.current?.querySelector(`[data-index="${r.index}"]`)?.scrollIntoView({ block: "nearest" });
  };
  const mark = (r: Row | undefined) => {
    if (!r) return;
    marked.value = marked.value.includes(r.index) ? marked.value.filter((m) => m !== r.index) : [...marked.value, r.index].slice(-2);
  };
  const v = view.value;
  const acts: Record<Act, () => void> = {
    next: () => pick(at + 1),
    previous: () => pick(at - 1),
    pageDown: () => pick(at + 10),
    pageUp: () => pick(at - 10),
    first: () => pick(0),
    last: () => pick(list.length - 1),
    raw: () => {
      raw.value = true;
      requestAnimationFrame(() => text.current?.focus());
    },
    mark: () => mark(row),
    extended: () => set({ leg: v.leg ? "" : (row?.item.leg ?? "") }),
    sdpInfo: () => set({ sdp: v.sdp === "none" ? "first" : v.sdp === "first" ? "full" : "none" }),
    sdpOnly: () => set({ sdpOnly: !v.sdpOnly }),
    toggleRaw: () => (raw.value = !raw.value),
    narrower: () => (width.value = Math.max(0, width.value - 1)),
    wider: () => (width.value = Math.min(widths.length - 1, width.value + 1)),
    resetRaw: () => (width.value = 2),
    media: () => set({ media: !v.media }),
    time: () => set({ time: v.time === "clock" ? "previous" : v.time === "previous" ? "first" : "clock" }),
    color: () => set({ color: v.color === "answer" ? "leg" : v.color === "leg" ? "cseq" : "answer" }),
    repeats: () => set({ repeats: !v.repeats }),
    pause: () => (frozen.value = frozen.value ? null : fresh),
    statistics: () => (panel.value = panel.value === "statistics" ? "" : "statistics"),
    help: () => (panel.value = panel.value === "keys" ? "" : "keys"),
    filter: () => filter.current?.focus(),
    save: () => go(`/calls/${encodeURIComponent(id)}/export`),
    back: () => {
      if (panel.value) panel.value = "";
      else if (marked.value.length) marked.value = [];
      else if (document.activeElement === text.current) box.current?.focus();
      else go(live ? "/calls" : "/history");
    },
  };
  const onKey = (e: KeyboardEvent) => {
    const el = e.target as HTMLElement;
    if (el.tagName === "INPUT") {
      if (e.key === "Escape" || e.key === "Enter") box.current?.focus();
      return;
    }
    const a = keyOf(e);
    if (!a || (el.tagName === "BUTTON" && (e.key === "Enter" || e.key === " "))) return;
    e.preventDefault();
    acts[a]();
  };
  useEffect(() => box.current?.focus({ preventScroll: true }), []);
  const pair = marked.value.length === 2 ? marked.value.map((m) => rows[m]).filter((r): r is Row => Boolean(r)) : [];

  return (
    <div class="ladderview" onKeyDown={onKey} data-testid="ladder">
      <div class="filters">
        <Choice label="Times" value={v.time} of={[["clock", "Clock"], ["previous", "Since the last"], ["first", "Since the first"]]} onChange={(time) => set({ time })} />
        <div class="filterset">
          <Toggle on={v.sdpOnly} onChange={(sdpOnly) => set({ sdpOnly })} title="Only messages with a session description (D)" testid="ladder-sdp-only">
            SDP only
          </Toggle>
          <Toggle on={!v.repeats} onChange={(hide) => set({ repeats: !hide })} title="Leave out what was sent again (s)">
            Hide repeats
          </Toggle>
          <Toggle on={v.media} onChange={(media) => set({ media })} title="Media and other events between the messages (m)">
            Media events
          </Toggle>
          <Toggle on={v.sdp !== "none"} onChange={() => acts.sdpInfo()} title="What is offered, on the arrows (d)">
            SDP on arrows
          </Toggle>
          {v.leg && (
            <Toggle on onChange={() => set({ leg: "" })} title="Show all legs (x)">
              only {lanes.find((l) => l.id === v.leg)?.name ?? v.leg}
            </Toggle>
          )}
          <Toggle on={raw.value} onChange={(on) => (raw.value = on)} title="The message itself (t)">
            Message
          </Toggle>
          {live && (
            <Toggle on={frozen.value !== null} onChange={acts.pause} title="Draw nothing new (p)">
              Pause
            </Toggle>
          )}
          <Toggle on={panel.value === "statistics"} onChange={acts.statistics} title="Count the messages (i)">
            Count
          </Toggle>
          <Toggle on={panel.value === "keys"} onChange={acts.help} title="What the keys do (?)" testid="ladder-keys">
            Keys
          </Toggle>
        </div>
        <label class="search short">
          <span class="visually-hidden">Find in messages</span>
          <input ref={filter} type="search" placeholder="Find  ( / )" value={v.filter} onInput={(e) => set({ filter: e.currentTarget.value })} />
        </label>
      </div>
      {panel.value === "keys" && <Keys />}
      {panel.value === "statistics" && (
        <dl class="facts panel card">
          {statistics(rows).map(([name, n]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="num">{n}</dd>
            </div>
          ))}
        </dl>
      )}
      <div class="ladderbox" style={{ "--raw": raw.value ? `${widths[width.value]}%` : "0%" }}>
        <div class="ladder panel">
          <Heads lanes={lanes} />
          <div class="rows" ref={box} tabIndex={0} role="listbox" aria-label="Messages" aria-activedescendant={row ? `row-${row.index}` : undefined} data-testid="ladder-rows">
            {list.map((r) => (
              <Arrow key={r.index} r={r} lanes={lanes} view={v} chosen={r === row} mark={marked.value.indexOf(r.index) + 1} onPick={() => (chosen.value = r.index)} onMark={() => mark(r)} />
            ))}
          </div>
          {!list.length && <Empty title="Nothing fits">Take a filter away to see the {rows.length} messages and events.</Empty>}
        </div>
        {raw.value && (pair.length === 2 ? <Difference a={pair[0]!} b={pair[1]!} box={text} /> : row && <Raw r={row} box={text} />)}
      </div>
    </div>
  );
}

function Heads({ lanes }: { lanes: Lane[] }) {
  return (
    <div class="lanes heads">
      <span class="time" />
      {lanes.map((l) => (
        <div key={l.id} class="head">
          <b dir="auto">{partyWords(l.name)}</b>
          <small class="muted">{l.address}</small>
        </div>
      ))}
    </div>
  );
}

/** place is where a lane stands, of a hundred; the outer ones near the edges. */
const place = (i: number, n: number) => (100 * (i + 0.3)) / (n - 0.4);

function Arrow(p: { r: Row; lanes: Lane[]; view: View; chosen: boolean; mark: number; onPick: () => void; onMark: () => void }) {
  const { r, lanes, view } = p;
  const n = lanes.length;
  const left = Math.min(r.from, r.to);
  const right = Math.max(r.from, r.to);
  const lane = lanes.findIndex((l) => l.id === r.item.leg);
  const hue = view.color === "leg" ? `hue${Math.max(0, lane) % 4}` : view.color === "cseq" && r.sip ? `hue${Number.parseInt(r.sip.cseq, 10) % 4 || 0}` : "";
  const own = lanes.findIndex((l) => l.id === "tandem");
  const middle = lane >= 0 && lane !== own ? (place(lane, n) + place(own, n)) / 2 : 50;
  const notes = r.sip ? sdpWords(r.sip.sdp, view.sdp) : [];
  return (
    <div
      id={`row-${r.index}`}
      data-index={r.index}
      role="option"
      aria-selected={p.chosen}
      class={`row ${r.tone} ${hue} ${p.chosen ? "chosen" : ""} ${p.mark ? `mark${p.mark}` : ""} ${r.repeat ? "repeat" : ""}`}
      onClick={(e) => (e.shiftKey ? p.onMark() : p.onPick())}
      onDblClick={p.onMark}
    >
      <span class="time num">{timeOf(r, view.time)}</span>
      <span class="track">
        {lanes.map((l, i) => (
          <i key={l.id} class="life" style={{ left: `${place(i, n)}%` }} aria-hidden="true" />
        ))}
        {r.sip ? (
          <span class={`arrow ${r.from < r.to ? "right" : "left"}`} style={{ left: `${place(left, n)}%`, width: `${place(right, n) - place(left, n)}%` }}>
            <span class="label">
              <span class="visually-hidden">{`${lanes[r.from]?.name} to ${lanes[r.to]?.name}: `}</span>
              {r.label}
              {r.sip.sdp && <em>SDP</em>}
              {r.repeat && <em>again</em>}
            </span>
            {notes.map((t) => (
              <small key={t}>{t}</small>
            ))}
            <i class="line" aria-hidden="true" />
          </span>
        ) : (
          <span class="event" style={{ left: `${middle}%`, maxWidth: `calc(${2 * Math.min(middle, 100 - middle)}% - 0.5rem)` }} title={r.item.note}>
            {r.label}
          </span>
        )}
      </span>
    </div>
  );
}

function Raw({ r, box }: { r: Row; box: Ref<HTMLDivElement> }) {
  const i = r.item;
  const way = i.in ? `${i.remote ?? ""} → ${i.local ?? ""}` : `${i.local ?? ""} → ${i.remote ?? ""}`;
  return (
    <div class="raw panel" ref={box} tabIndex={0} role="region" aria-label="The message" data-testid="raw">
      <p class="rawhead muted num">
        {timeOf(r, "clock")} · {(i.transport ?? i.kind).toUpperCase()} · {way}
      </p>
      {r.sip ? <Message text={i.text ?? i.first ?? ""} /> : <p class="eventtext">{r.label}</p>}
    </div>
  );
}

/** Message is a SIP message with its parts told apart. */
export function Message({ text }: { text: string }) {
  const lines = text.replace(/\r\n/g, "\n").trimEnd().split("\n");
  const blank = lines.indexOf("");
  return (
    <pre>
      {lines.map((l, i) => {
        const m = blank < 0 || i < blank ? /^([^\s:]+)(\s*:)(.*)$/.exec(l) : /^([a-z])(=)(.*)$/.exec(l);
        return (
          <span key={i} class={i ? "" : "firstline"}>
            {i && m ? (
              <>
                <b>
                  {m[1]}
                  {m[2]}
                </b>
                {m[3]}
              </>
            ) : (
              l
            )}
            {"\n"}
          </span>
        );
      })}
    </pre>
  );
}

const signs = { same: " ", gone: "−", new: "+" } as const;

function Difference({ a, b, box }: { a: Row; b: Row; box: Ref<HTMLDivElement> }) {
  const [x, y] = a.index < b.index ? [a, b] : [b, a];
  const lines = diff(x.item.text ?? x.label, y.item.text ?? y.label);
  return (
    <div class="raw panel" ref={box} tabIndex={0} role="region" aria-label="The difference of two messages" data-testid="diff">
      <p class="rawhead muted">
        <span class="gone">− {x.label}</span> <span class="new">+ {y.label}</span> {millis(Date.parse(y.item.at) - Date.parse(x.item.at))} later
      </p>
      <pre>
        {lines.map((l, i) => (
          <span key={i} class={l.kind}>
            {signs[l.kind]} {l.text}
            {"\n"}
          </span>
        ))}
      </pre>
    </div>
  );
}

function Keys() {
  return (
    <dl class="keys panel card">
      {keyHelp.map(([keys, what]) => (
        <div key={keys}>
          <dt>
            {keys.split(" ").map((k) => (
              <kbd key={k}>{k}</kbd>
            ))}
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}
