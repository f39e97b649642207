import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Overview, Series } from "../api";
import { ago, bytes, long, millis, none, number, percent } from "../format";
import { useLive } from "../live";
import { useLoad } from "../load";
import { now } from "../now";
import { Chart, type Line } from "../parts/chart";
import { Icon } from "../parts/icons";
import { Choice, Facts, Loading, Page, Panel, Problem } from "../parts/ui";
import { href } from "../router";
import { session } from "../session";
import type { Tone } from "../words";

// The gateway at a glance. Every number leads to what it is a number of.

export function OverviewScreen() {
  const o = useLoad<Overview>("overview");
  useLive(["overview"], (f) => {
    const v = unwrap<Overview>(f.data, "overview");
    if (typeof v?.calls === "number") o.set({ ...v, seconds: longer(o.now.peek()?.seconds, v.seconds) });
  });
  const v = o.value;
  return (
    <Page title="Overview" note={v ? `Version ${v.version ?? "unknown"}, up for ${long(v.uptimeSeconds ?? 0)}` : undefined}>
      {o.error ? <Problem error={o.error} again={o.again} /> : null}
      {v ? <Glance v={v} /> : o.busy ? <Loading /> : null}
    </Page>
  );
}

/** longer puts the newest second behind those that are known: a minute of them. */
export function longer(before: Series | undefined, news: Series | undefined): Series {
  const out: Series = {};
  for (const { key } of charts) out[key] = [...(before?.[key] ?? []), ...(news?.[key]?.slice(-1) ?? [])].slice(-60);
  return out;
}

/** unwrap gives what a frame holds, whether bare or by its name. */
export function unwrap<T>(data: unknown, name: string): T | undefined {
  const o = data as Record<string, unknown> | null;
  if (!o || typeof o !== "object") return undefined;
  return (o[name] !== null && typeof o[name] === "object" ? o[name] : o) as T;
}

/** known leaves out what the gateway says by -1: that there is nothing to say it of. */
const known = (n: number | undefined) => (n !== undefined && n < 0 ? undefined : n);

function Tile(p: { name: string; value: ComponentChildren; note?: ComponentChildren; to?: string; tone?: Tone; testid?: string }) {
  const inner = (
    <>
      <span class="tilename">{p.name}</span>
      <span class={`tilevalue ${p.tone ?? ""}`} data-testid={p.testid}>
        {p.value}
      </span>
      <span class="tilenote">{p.note}</span>
    </>
  );
  return p.to ? (
    <a class="tile" href={href(p.to)}>
      {inner}
    </a>
  ) : (
    <div class="tile">{inner}</div>
  );
}

function Glance({ v }: { v: Overview }) {
  const regs = Object.entries(v.registrations ?? {}).filter(([, n]) => n > 0);
  const registered = regs.reduce((n, [, k]) => n + k, 0);
  const may = (op: string, to: string) => (session.can(op) ? to : undefined);
  return (
    <>
      {v.faults?.map((f) => (
        <div class="banner error" role="alert" key={f.what} data-testid="fault">
          <Icon name="warn" />
          <span class="grow">
            <b>{f.what}</b>: {f.text}
            {f.since && <span class="muted"> since {ago(f.since, now.value)}</span>}
          </span>
        </div>
      ))}
      <div class="tiles">
        <Tile name="Calls now" value={number(v.calls)} note={v.maxCalls ? `of at most ${number(v.maxCalls)}` : "no limit is set"} to={may("list-calls", "/calls")} testid="calls-now" />
        <Tile name="Answered" value={percent(known(v.asr15m))} note="of the last 15 min" to={may("list-cdrs", "/history")} />
        <Tile name="Low quality" value={percent(known(v.asr15m) === undefined ? undefined : known(v.lowMosPercent), 1)} note="of calls below MOS 3.5" to={may("list-calls", "/calls?chip=low-mos")} tone={(v.lowMosPercent ?? 0) > 5 ? "warn" : undefined} />
        <Tile name="Setup" value={millis(v.medianSetupMs || undefined)} note="median until it rings" to={may("list-cdrs", "/history")} tone={(v.medianSetupMs ?? 0) > 3000 ? "warn" : undefined} />
        <Tile name="Registered" value={number(registered)} note={regs.length ? regs.map(([t, n]) => `${t.toUpperCase()}\u00a0${number(n)}`).join(" · ") : "no device"} to={may("list-registrations", "/users")} />
        <Tile name="Trunks up" value={number(v.trunksUp)} note={v.trunksDown ? `${number(v.trunksDown)} down` : "none is down"} tone={v.trunksDown ? "bad" : undefined} to={may("list-trunks", "/trunks")} />
        <Tile name="Certificate" value={(v.certDaysLeft ?? -1) < 0 ? "none" : `${number(v.certDaysLeft)} d`} note="until the first ends" tone={(v.certDaysLeft ?? -1) >= 0 && v.certDaysLeft! < 14 ? "warn" : undefined} to={may("list-certificates", "/certificates")} />
        <Tile name="Refused sign-ins" value={number(v.authFailuresPerMinute)} note="wrong passwords a minute" to={may("get-security", "/security")} tone={(v.authFailuresPerMinute ?? 0) > 10 ? "warn" : undefined} />
      </div>
      <Charts v={v} />
    </>
  );
}

const charts: Array<{ title: string; key: "calls" | "cps" | "failures" | "loss" | "jitterP95"; name: string; unit: string; decimals?: number; color?: string; times?: number }> = [
  { title: "Calls", key: "calls", name: "calls", unit: "" },
  { title: "Calls a second", key: "cps", name: "calls a second", unit: "", decimals: 2 },
  { title: "Failed calls", key: "failures", name: "failed", unit: "a minute", decimals: 1, color: "--bad", times: 60 },
  { title: "Packets lost", key: "loss", name: "lost", unit: "%", decimals: 2, color: "--fair" },
  { title: "Jitter, 95th percentile", key: "jitterP95", name: "jitter", unit: "ms", decimals: 1 },
];

function Charts({ v }: { v: Overview }) {
  const span = useSignal<"hour" | "minute">("hour");
  const hour = span.value === "hour";
  const step = hour ? 60 : 1;
  const last = Math.floor(now.value / (step * 1000)) * step;
  const s = (hour ? v.series : v.seconds) ?? {};
  return (
    <>
    <div class="sectionhead">
      <h2>{hour ? "The last hour" : "The last minute"}</h2>
      <Choice label="Time that is shown" value={span.value} of={[["hour", "Hour"], ["minute", "Minute"]]} onChange={(x) => (span.value = x)} />
    </div>
    <div class="charts">
      {charts
        .filter((c) => s[c.key]?.length)
        .map((c) => {
          // All of it whatever there is, so that the axis says the time also after a start.
          const past = s[c.key]!.slice(-60).map((n) => n * (c.times ?? 1));
          const values = [...Array<null>(60 - past.length).fill(null), ...past];
          const at = values.map((_, i) => last - step * (values.length - 1 - i));
          const line: Line = { name: c.name, values, color: c.color };
          return (
            <Panel key={c.key} title={c.title} beside={<span class="muted num">{`${number(past.at(-1), c.decimals ?? 0)} ${c.unit}`.trim()}</span>}>
              <Chart label={`${c.title}, the last ${span.value}`} at={at} lines={[line]} height={150} />
            </Panel>
          );
        })}
      <Load v={v} />
    </div>
    </>
  );
}

function Load({ v }: { v: Overview }) {
  return (
    <Panel title="Load" class="load">
      <Facts
        of={[
          ["A call lasts", v.acdSeconds && v.acdSeconds > 0 ? long(v.acdSeconds) : none],
          ["Media", `${number(v.mbps, 1)} Mbit/s`],
          ["Packets a second", number(v.pps)],
          ["Transcoding", `${number(v.transcoding)} legs`],
          ["Processor", `${number(v.cpu, 2)} cores`],
          ["Memory", bytes(v.rssBytes)],
          ["Goroutines", number(v.goroutines)],
          ["Dropped datagrams", number(v.udpDrops)],
        ]}
      />
    </Panel>
  );
}
