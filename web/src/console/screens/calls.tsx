import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { request, type Call } from "../api";
import { instant, number, plural, shortId, span } from "../format";
import { useLive } from "../live";
import { useLoad } from "../load";
import { now } from "../now";
import { Icon } from "../parts/icons";
import { Parties } from "../parts/parties";
import { type Column, Table } from "../parts/table";
import { act, ask, Button, fill, Chips, Empty, Loading, Page, Problem, State, toast, Toggle } from "../parts/ui";
import { callHref, go, query, setQuery } from "../router";
import { session } from "../session";
import { chipNames, chipWords, isolated, mosTone, partyWords, wayWords } from "../words";
import { applyCalls, type CallsFrame } from "../calls";

/** transports of a call's legs: "WSS · UDP". */
export const transports = (c: Call) => (c.legs ?? []).map((l) => (l.path.split(" ")[0] ?? "").toUpperCase()).filter(Boolean);

/** worstMos is the lowest estimate of all directions; undefined where there is none. */
export function worstMos(c: Call): number | undefined {
  const all = (c.legs ?? []).flatMap((l) => [l.hears?.mos, l.says?.mos]).filter((m): m is number => Boolean(m));
  return all.length ? Math.min(...all) : undefined;
}

/** codecs of a call, the caller's first: "opus → pcmu". */
export function codecs(c: Call): string {
  const all = (c.legs ?? []).map((l) => (l.says?.codec ?? l.hears?.codec ?? "").split("/")[0]!).filter(Boolean);
  return all.filter((x, i) => all.indexOf(x) === i).join(" ↔ ");
}

export const transcoded = (c: Call) => (c.legs ?? []).some((l) => l.chain?.includes("transcoded"));

/** lasting is how many seconds a call has gone on: since the answer, or since it came. */
export const lasting = (c: Call, at: number) => Math.max(0, (at - (instant(c.talked) ?? instant(c.since) ?? at)) / 1000);

const states = ["routing", "ringing", "talking", "held", "away"];

/** fits says whether a call is one of those that are asked for. */
export function fits(c: Call, want: { q: string; state: string; chip: string; transcoded: boolean; long: boolean }, at: number): boolean {
  if (want.state && c.state !== want.state) return false;
  if (want.chip === "any" ? !c.chips?.length : want.chip && !c.chips?.includes(want.chip)) return false;
  if (want.transcoded && !transcoded(c)) return false;
  if (want.long && lasting(c, at) < 3600) return false;
  const q = want.q.trim().toLowerCase();
  return !q || [c.from, c.to, c.with ?? "", c.id, c.trunk ?? "", c.row ?? "", ...(c.legs ?? []).map((l) => l.party + l.path)].some((s) => s.toLowerCase().includes(q));
}

export async function hangUp(c: { id: string; from: string; to: string }): Promise<boolean> {
  const sure = await ask({ title: "Hang up this call?", text: `${isolated(partyWords(c.from))} and ${isolated(partyWords(c.to))} are cut off at once.`, action: "Hang up", danger: true });
  return sure !== null && act(() => request("DELETE", `calls/${encodeURIComponent(c.id)}`), "The call is over.");
}

export async function makeCall() {
  const v = await fill({ title: "Make a call", action: "Call", fields: { from: { label: "Call first", hint: "Such as user:201" }, to: { label: "Once that has answered, dial" } } });
  if (v) await act(() => request("POST", "calls", v), "It rings.");
}

export function CallsScreen() {
  const list = useLoad<{ calls: Call[] }>("calls");
  const search = useRef<HTMLInputElement>(null);
  const paused = useSignal(false);
  const held = useRef<{ calls: Call[] } | null>(null);
  useLive(["calls"], (f) => {
    const v = applyCalls(held.current ?? list.now.peek()?.calls ? (held.current?.calls ?? list.now.peek()!.calls) : [], f.data as CallsFrame);
    if (paused.peek()) held.current = { calls: v };
    else list.set({ calls: v });
  });
  const q = query.value;
  const want = { q: q.get("q") ?? "", state: q.get("state") ?? "", chip: q.get("chip") ?? "", transcoded: q.get("transcoded") === "1", long: q.get("long") === "1" };
  const at = now.value;
  const all = list.value?.calls ?? [];
  const rows = useMemo(() => all.filter((c) => fits(c, want, at)), [all, q, want.long && at]);
  const pause = () => {
    paused.value = !paused.value;
    if (!paused.value && held.current) list.set(held.current);
    held.current = null;
  };
  const onKey = (e: KeyboardEvent) => {
    const typing = (e.target as HTMLElement).tagName === "INPUT";
    if (e.key === "Escape" && typing) (e.target as HTMLElement).blur();
    if (typing || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "/") {
      e.preventDefault();
      search.current?.focus();
    } else if (e.key === "p") pause();
  };
  return (
    <div onKeyDown={onKey}>
      <Page
        title="Calls"
        note={list.value ? <span data-testid="calls-note">{rows.length === all.length ? plural(all.length, "call") : `${number(rows.length)} of ${plural(all.length, "call")}`}</span> : undefined}
        actions={
          <>
            <Button kind="plain" onClick={pause} title="Keep the list as it is (p)">
              {paused.value ? "Go on" : "Pause"}
            </Button>
            {session.can("make-call") && (
              <Button icon="add" onClick={() => void makeCall()}>
                Make a call
              </Button>
            )}
          </>
        }
      >
        <div class="filters" role="search">
          <label class="search">
            <Icon name="search" size={18} />
            <span class="visually-hidden">Search calls</span>
            <input ref={search} type="search" placeholder="Number, user, address, ID  ( / )" value={want.q} onInput={(e) => setQuery({ q: e.currentTarget.value })} data-testid="calls-search" />
          </label>
          <div class="filterset">
            <Toggle on={want.chip === "any"} onChange={(on) => setQuery({ chip: on ? "any" : "" })}>
              Problems
            </Toggle>
            {chipNames.map((n) => (
              <Toggle key={n} on={want.chip === n} onChange={(on) => setQuery({ chip: on ? n : "" })} title={chipWords(n).title}>
                {chipWords(n).text}
              </Toggle>
            ))}
            <Toggle on={want.transcoded} onChange={(on) => setQuery({ transcoded: on ? "1" : "" })}>
              transcoded
            </Toggle>
            <Toggle on={want.long} onChange={(on) => setQuery({ long: on ? "1" : "" })}>
              over 1 h
            </Toggle>
            <span class="gap" aria-hidden="true" />
            {states.map((s) => (
              <Toggle key={s} on={want.state === s} onChange={(on) => setQuery({ state: on ? s : "" })}>
                {s}
              </Toggle>
            ))}
          </div>
        </div>
        {list.error ? <Problem error={list.error} again={list.again} /> : null}
        {list.value ? (
          <Table
            label="Calls"
            columns={columns}
            rows={rows}
            id={(c) => c.id}
            href={(c) => callHref(c.id)}
            onKey={(e, c) => {
              if (e.key === "Delete" && session.can("hang-up")) void hangUp(c);
              if (e.key === "y") void navigator.clipboard?.writeText(c.id).then(() => toast("Copied the call's ID."));
              if (e.key === "Enter") go(`/calls/${encodeURIComponent(c.id)}`);
            }}
            empty={all.length ? <Empty title="No call fits">Take a filter away to see more of the {number(all.length)} that go on.</Empty> : <Empty title="Nobody is on the telephone">A call is here within a second of its first message.</Empty>}
          />
        ) : list.busy ? (
          <Loading />
        ) : null}
      </Page>
    </div>
  );
}

const columns: Column<Call>[] = [
  {
    name: "From → to",
    cell: (c) => {
      const [from, to, reached] = [c.from, c.to, c.with ?? ""].map(partyWords);
      return <Parties from={from!} to={to!} reached={reached === to ? "" : reached} />;
    },
    sort: (c) => c.from,
  },
  {
    name: "State",
    cell: (c) => (
      <>
        <State state={c.state} />
        {c.recording && (
          <span class="rec" title="It is recorded">
            {" "}
            REC
          </span>
        )}
      </>
    ),
    sort: (c) => c.state,
    width: "6.25rem",
  },
  { name: "Lasts", cell: (c) => <Lasts c={c} />, sort: (c) => -(instant(c.talked) ?? instant(c.since) ?? 0), numeric: true, width: "4.75rem" },
  { name: "MOS", cell: (c) => <Mos mos={worstMos(c)} />, sort: (c) => worstMos(c) ?? 9, numeric: true, width: "4.5rem" },
  { name: "Problems", cell: (c) => <Chips names={c.chips} />, sort: (c) => -(c.chips?.length ?? 0), rank: 2, width: "7rem" },
  { name: "Trunk", cell: wayWords, sort: wayWords, rank: 3, width: "6.5rem" },
  { name: "Legs", cell: (c) => transports(c).join(" · "), rank: 2, width: "6.75rem" },
  {
    name: "Codecs",
    cell: (c) => (
      <>
        {codecs(c)}
        {transcoded(c) && <small class="muted" title="Transcoded: decoded and encoded anew"> ⇄</small>}
      </>
    ),
    sort: codecs,
    rank: 2,
    width: "8.5rem",
  },
  { name: "Row", cell: (c) => <code title={c.row}>{c.row ?? ""}</code>, sort: (c) => c.row ?? "", rank: 4, width: "9rem" },
  { name: "ID", cell: (c) => <code>{shortId(c.id)}</code>, rank: 4, width: "8.5rem" },
  {
    name: "Actions",
    bare: true,
    rank: 2,
    cell: (c) =>
      session.can("hang-up") && (
        <button type="button" class="btn plain small danger" aria-label={`Hang up ${partyWords(c.from)} to ${partyWords(c.to)}`} title="Hang up" onClick={() => void hangUp(c)} data-testid="hang-up">
          <Icon name="hangup" />
        </button>
      ),
    width: "3.75rem",
  },
];

/** Lasts counts by itself, so that a second does not draw the whole table again. */
function Lasts({ c }: { c: Call }) {
  return <>{span(lasting(c, now.value))}</>;
}

export function Mos({ mos }: { mos?: number }) {
  return mos ? <span class={`mos ${mosTone(mos)}`}>{mos.toFixed(1)}</span> : <span class="muted">–</span>;
}
