import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type CallView, type CDR, type Leg, type Sound } from "../api";
import { lostPercent, millis, none, number, percent } from "../format";
import { useLoad } from "../load";
import { now } from "../now";
import { Chart } from "../parts/chart";
import { Empty, Facts, Panel } from "../parts/ui";
import { session } from "../session";
import { betweenWords, isolated, partyWords } from "../words";
import { Mos } from "./calls";

// Per leg and direction, what we know of the media; beside it what the browser says.

export function MediaTab({ call, record, id }: { call?: CallView; record?: CDR; id: string }) {
  if (call) return <Now call={call} id={id} />;
  if (record?.legs?.length) return <Then legs={record.legs} />;
  return <Empty title="Nothing is known of its media">No leg of this call came as far as media.</Empty>;
}

/** Direction is one row of the table: a leg, one way, as we or its browser see it. */
export interface Direction {
  key: string;
  way: string;
  sound: Sound;
  loss?: number;
  roundTripMs?: number;
  browser?: boolean;
}

interface Quality extends Sound {
  leg: string;
  party: string;
  direction: "in" | "out";
  lossPercent?: number;
  roundTripMs?: number;
  browser?: Sound;
  browserRoundTripMs?: number;
  warnings?: string[];
}

/** directionsOf gives two rows for each leg, and below each what the browser of that party says of it. */
export function directionsOf(legs: Leg[], quality: unknown): Direction[] {
  const known = Array.isArray(quality) ? (quality as Quality[]) : [];
  if (!known.length) {
    return legs.flatMap((l) => [
      { key: `${l.id} in`, way: `from ${isolated(partyWords(l.party))}`, sound: l.says, loss: lostPercent(l.says), roundTripMs: l.roundTripMs },
      { key: `${l.id} out`, way: `to ${isolated(partyWords(l.party))}`, sound: l.hears, loss: lostPercent(l.hears), roundTripMs: l.roundTripMs },
    ]);
  }
  return known.flatMap((q) => {
    const key = `${q.leg} ${q.direction}`;
    const row: Direction = { key, way: `${q.direction === "in" ? "from" : "to"} ${isolated(partyWords(q.party))}`, sound: q, loss: q.lossPercent, roundTripMs: q.roundTripMs };
    return q.browser ? [row, { key: `${key} browser`, way: "as its browser sees it", sound: q.browser, loss: lostPercent(q.browser), roundTripMs: q.browserRoundTripMs, browser: true }] : [row];
  });
}

const warnedOf: Record<string, string> = {
  microphone: "the microphone gave the same level all the time",
  loss: "sound was lost on the way",
  jitter: "sound came unevenly",
  rtt: "the way was long",
  mos: "the sound was poor",
};

/** warned says in words what a phone told its user, each thing once. */
export function warned(names: string[]): string {
  return [...new Set(names)].map((n) => warnedOf[n] ?? n).join("; ");
}

/** warningsOf says which phones have warned their users, and of what. */
export function warningsOf(quality: unknown): Array<[string, string[]]> {
  const all = new Map<string, string[]>();
  for (const q of Array.isArray(quality) ? (quality as Quality[]) : []) {
    if (q.warnings?.length) all.set(q.party, [...(all.get(q.party) ?? []), ...q.warnings]);
  }
  return [...all];
}

function Now({ call, id }: { call: CallView; id: string }) {
  // The list of events holds no media while nothing but media changes; this asks.
  const fresh = useLoad<CallView>(`calls/${encodeURIComponent(id)}`, 1000);
  const c = fresh.value ?? call;
  const legs = c.legs ?? [];
  const rows = directionsOf(legs, c.quality);
  const warnings = warningsOf(c.quality);
  if (!legs.length) return <Empty title="There is no media yet">It is shown as soon as a leg has agreed on some.</Empty>;
  return (
    <div class="stack">
      <Verdict id={id} when="broken" />
      <DirectionTable rows={rows} />
      {warnings.map(([party, names]) => (
        <p key={party} class="muted">
          The phone of {partyWords(party)} has warned of this: {warned(names)}.
        </p>
      ))}
      <Lines all={rows.filter((r) => !r.browser)} />
      <Verdict id={id} when="well" />
      <div class="grid2">
        {legs.map((l) => (
          <Panel key={l.id} title={partyWords(l.party)}>
            <Facts
              of={[
                ["Signaling", l.path],
                l.local && ["Our end", <code key="l">{l.local}</code>],
                l.remote && ["Its end", <code key="r">{l.remote}</code>],
                l.state && ["State", l.state],
                ["Keys", l.keys ? `${l.keys}${l.profile ? ` · ${l.profile}` : ""}` : "not encrypted"],
                l.chain && ["Sound", l.chain],
                l.why && ["Why", l.why],
                ["Round trip", millis(l.roundTripMs)],
                l.refused && ["Refused", `${number(l.refused)} packets`],
              ]}
            />
          </Panel>
        ))}
      </div>
    </div>
  );
}

// How it sounds comes first: what does not fit is scrolled to.
export function DirectionTable({ rows }: { rows: Direction[] }) {
  return (
    <div class="tablebox free" tabIndex={0} role="region" aria-label="Media by direction">
      <table data-testid="media-table">
        <thead>
          <tr>
            <th scope="col">Direction</th>
            <th scope="col" class="num">
              MOS <small>est.</small>
            </th>
            <th scope="col" class="num">Lost</th>
            <th scope="col" class="num">Jitter</th>
            <th scope="col">Codec</th>
            <th scope="col" class="num">Packets</th>
            <th scope="col" class="num">Late</th>
            <th scope="col" class="num">Concealed</th>
            <th scope="col" class="num">Round trip</th>
            <th scope="col" class="num">Level</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((d) => (
            <tr key={d.key} class={d.browser ? "browser" : d.sound.packets ? "" : "silent"} data-testid={d.browser ? "browser-stats" : undefined}>
              <th scope="row">{d.way}</th>
              <td class="num">
                <Mos mos={d.sound.mos} />
              </td>
              <td class="num">{percent(d.loss, 1)}</td>
              <td class="num">{d.sound.jitterMs === undefined ? none : `${number(d.sound.jitterMs, 1)} ms`}</td>
              <td>{d.sound.codec || none}</td>
              <td class="num">{number(d.sound.packets)}</td>
              <td class="num">{d.browser ? none : number(d.sound.late ?? 0)}</td>
              <td class="num">{d.browser ? none : number(d.sound.concealed ?? 0)}</td>
              <td class="num">{millis(d.roundTripMs || undefined)}</td>
              <td class="num">{d.sound.levelDbfs ? `${number(d.sound.levelDbfs)} dBFS` : none}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** nameOf makes words of a name in JSON: "packetsLost" is "packets lost". */
export const nameOf = (k: string) => k.replace(/_/g, " ").replace(/([a-z0-9])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);

// What the timelines show is gathered while the page is open.
const most = 300;

interface Point {
  at: number;
  loss: Array<number | null>;
  jitter: Array<number | null>;
  mos: Array<number | null>;
}

function Lines({ all }: { all: Direction[] }) {
  const points = useSignal<Point[]>([]);
  const seconds = Math.floor(now.value / 1000);
  useEffect(() => {
    const p: Point = { at: seconds, loss: all.map((d) => d.loss ?? null), jitter: all.map((d) => d.sound.jitterMs ?? null), mos: all.map((d) => d.sound.mos || null) };
    points.value = [...points.peek().slice(-most), p];
  }, [seconds]);
  const list = points.value.filter((p) => p.mos.length === all.length);
  const at = list.map((p) => p.at);
  const lines = (of: "loss" | "jitter" | "mos") => all.map((d, i) => ({ name: d.way, values: list.map((p) => p[of][i] ?? null), color: colors[i % colors.length] }));
  return (
    <section class="stack tight" aria-label="Since this page was opened">
      <div class="charts three">
        {(["mos", "jitter", "loss"] as const).map((of) => (
          <Panel key={of} title={titles[of]}>
            <Chart label={titles[of]} at={at} lines={lines(of)} />
          </Panel>
        ))}
      </div>
      <ul class="legend">
        {all.map((d, i) => (
          <li key={d.key}>
            <i class={`swatch s${i % colors.length}`} aria-hidden="true" />
            {d.way}
          </li>
        ))}
      </ul>
    </section>
  );
}

const titles = { mos: "MOS, estimated", jitter: "Jitter, ms", loss: "Lost, %" } as const;
const colors = ["--accent", "--fair", "--good", "--bad"];

interface VerdictView {
  state?: string;
  sentence?: string;
  cure?: string;
  howto?: string;
  directions?: Array<{ from: string; to: string; hops?: Array<{ name: string; ok: boolean; state?: string; evidence?: string }>; broken: number; sentence: string; cure?: string }>;
}

/** Verdict goes from hop to hop: above all else where one is broken, and below the numbers where all are well. */
function Verdict({ id, when }: { id: string; when: "broken" | "well" }) {
  const why = useLoad<{ verdict?: VerdictView }>(session.can("get-why") ? `calls/${encodeURIComponent(id)}/why` : null, 5000);
  const v = why.value?.verdict;
  if (!v?.directions?.length) return null;
  const broken = v.directions.some((d) => d.broken >= 0 && d.hops?.[d.broken] && !d.hops[d.broken]!.ok);
  if (broken !== (when === "broken")) return null;
  return (
    <div class="grid2" data-testid="verdict">
      {v.directions.map((d, i) => (
        <Panel key={i} title={betweenWords(d.from, d.to)}>
          {d.sentence && <p class="sentence">{d.sentence}</p>}
          {d.cure && <p class="muted sentence">{d.cure}</p>}
          <ol class="hops">
            {d.hops?.map((h, k) => (
              <li key={h.name} class={h.ok ? "ok" : k === d.broken ? "broken" : "unknown"}>
                <span>
                  <b>{h.name}</b>
                  <span class="visually-hidden">{h.ok ? ": well" : k === d.broken ? ": broken" : ": not known"}</span>
                </span>
                {h.evidence && <small class="muted break">{h.evidence}</small>}
              </li>
            ))}
          </ol>
        </Panel>
      ))}
    </div>
  );
}

// Then has how it sounded before the ways it went: what does not fit is scrolled to.
function Then({ legs }: { legs: NonNullable<CDR["legs"]> }) {
  return (
    <div class="tablebox free" tabIndex={0} role="region" aria-label="Media of the legs">
      <table data-testid="media-table">
        <thead>
          <tr>
            <th scope="col">Leg</th>
            <th scope="col" class="num">MOS from</th>
            <th scope="col" class="num">MOS to</th>
            <th scope="col" class="num">Lost</th>
            <th scope="col" class="num">Jitter</th>
            <th scope="col">Codec</th>
            <th scope="col">Transport</th>
            <th scope="col">ICE</th>
            <th scope="col">Keys</th>
          </tr>
        </thead>
        <tbody>
          {legs.map((l, i) => (
            <tr key={i}>
              <th scope="row">
                {l.party || (l.side === "a" ? "caller" : "callee")}
                {l.one_way && <small class="muted"> one-way</small>}
              </th>
              <td class="num">
                <Mos mos={l.mos_in} />
              </td>
              <td class="num">
                <Mos mos={l.mos_out} />
              </td>
              <td class="num">{percent(l.loss ?? (l.mos_in ? 0 : undefined), 1)}</td>
              <td class="num">{l.jitter_ms === undefined ? none : `${number(l.jitter_ms, 1)} ms`}</td>
              <td>{l.codec || none}</td>
              <td>{l.transport || none}</td>
              <td>{l.ice || none}</td>
              <td>{l.dtls || l.sdes || none}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
