import { useEffect, useMemo } from "preact/hooks";
import { ApiError, get, request, type CallView, type CDR, type Trace, type TraceColumn, type TraceItem } from "../api";
import { instant, millis, moment, span } from "../format";
import { lanesOf, merge, rowsOf, type Row } from "../ladder/model";
import { LadderTab } from "../ladder/view";
import { useLive } from "../live";
import { type Loaded, useLoad } from "../load";
import { now } from "../now";
import { Icon } from "../parts/icons";
import { act, Button, Chips, Copy, Empty, Facts, fill, Loading, Page, Problem, State } from "../parts/ui";
import { callHref, href } from "../router";
import { session } from "../session";
import { betweenWords, causeWords, partyWords, result, wayWords } from "../words";
import { hangUp } from "./calls";
import { ExportTab } from "./call_export";
import { LogsTab } from "./call_logs";
import { MediaTab } from "./call_media";
import { SdpTab } from "./call_sdp";
import { RoutingTab } from "./explanation";

const tabs = [
  { id: "ladder", title: "Ladder", needs: "get-trace" },
  { id: "media", title: "Media", needs: "get-call" },
  { id: "sdp", title: "SDP", needs: "get-trace" },
  { id: "routing", title: "Routing", needs: "get-routing" },
  { id: "logs", title: "Logs", needs: "get-logs" },
  { id: "export", title: "Export", needs: "get-trace" },
];

export function CallDetail({ id, tab }: { id: string; tab: string }) {
  const at = encodeURIComponent(id);
  const call = useLoad<CallView>(`calls/${at}`);
  const over = Boolean(call.value?.ended) || (call.error instanceof ApiError && call.error.status === 404);
  const record = useLoad<CDR>(over && session.can("get-cdr") ? `cdrs/${at}` : null);
  const trace = useLoad<Trace>(session.can("get-trace") ? `calls/${at}/trace?format=json` : null);
  useLive(call.value && !over ? [`call:${id}`] : [], (f) => {
    const d = f.data as { call?: CallView | string; gone?: boolean; over?: boolean; items?: TraceItem[]; item?: TraceItem; columns?: TraceColumn[]; trace?: Trace };
    if (d.call && typeof d.call === "object") call.set({ ...call.now.peek(), ...d.call });
    const items = d.items ?? (d.item ? [d.item] : (d.trace?.items ?? []));
    if (items.length || d.columns) trace.set(merge(trace.now.peek() ?? { call: id, columns: [], items: [] }, items, d.columns ?? d.trace?.columns));
    if (d.gone || d.over) call.again();
  });
  useTraceNews(id, Boolean(call.value) && !over && session.can("get-trace") && tab !== "media", trace);
  const lanes = useMemo(() => lanesOf(trace.value?.columns ?? []), [trace.value]);
  const rows = useMemo(() => (trace.value ? rowsOf(trace.value, lanes) : []), [trace.value, lanes]);
  const c = over ? undefined : call.value;
  const r = record.value;
  const shownTabs = tabs.filter((t) => session.can(t.needs));
  const active = shownTabs.find((t) => t.id === tab) ?? shownTabs[0];
  const title = c ? betweenWords(c.from, c.to) : r ? `${r.from_user || r.from_number || r.from_trunk || "unknown"} → ${r.dialed ?? r.to ?? "unknown"}` : "Call";
  return (
    <Page
      title={title}
      note={
        <>
          <a class="backlink" href={href(r ? "/history" : "/calls")}>
            <Icon name="back" size={16} />
            {r ? "History" : "Calls"}
          </a>
          <code class="break">{id}</code>
          <Copy text={id} what="the call's ID" />
        </>
      }
      actions={c && <Actions c={c} />}
    >
      {call.error && !over ? <Problem error={call.error} again={call.again} /> : null}
      {c && <Head c={c} first={rows} />}
      {r && <Past r={r} rows={rows} />}
      {over && !r && !record.busy && !trace.value && <Empty title="Nothing is known of this call any more">It is over, and neither a record nor a trace of it has been kept.</Empty>}
      {over && !r && trace.value && <p class="muted result">This call is over.</p>}
      {(c || r || trace.value) && active && (
        <>
          <nav class="tabs" aria-label="Of this call">
            {shownTabs.map((t) => (
              <a key={t.id} href={callHref(id, t.id)} aria-current={t === active ? "page" : undefined} data-testid={`tab-${t.id}`}>
                {t.title}
              </a>
            ))}
          </nav>
          <div class="tab" data-testid={`in-${active.id}`}>
            {active.id === "ladder" && <Traced trace={trace}>{() => <LadderTab id={id} lanes={lanes} rows={rows} live={Boolean(c)} />}</Traced>}
            {active.id === "media" && <MediaTab call={c} record={r} id={id} />}
            {active.id === "sdp" && <Traced trace={trace}>{() => <SdpTab rows={rows} lanes={lanes} />}</Traced>}
            {active.id === "routing" && <RoutingTab id={id} />}
            {active.id === "logs" && <LogsTab id={id} />}
            {active.id === "export" && <ExportTab id={id} lanes={lanes} rows={rows} />}
          </div>
        </>
      )}
      {call.busy && !call.value && !call.error && <Loading />}
    </Page>
  );
}

/** useTraceNews asks each second for what has come since, as long as the call goes on: events tell of the call only. */
function useTraceNews(id: string, on: boolean, trace: Loaded<Trace>) {
  useEffect(() => {
    if (!on) return;
    const gone = new AbortController();
    let busy = false;
    const timer = setInterval(async () => {
      const have = trace.now.peek();
      if (busy || document.hidden) return;
      busy = true;
      try {
        const last = have?.items.at(-1)?.at;
        const news = await get<Trace>(`calls/${encodeURIComponent(id)}/trace?format=json${last ? `&since=${encodeURIComponent(last)}` : ""}`, gone.signal);
        if (news.items.length) trace.set(have ? merge(have, news.items, news.columns) : news);
      } catch {
        // The next second asks again; that the gateway is away is said elsewhere.
      }
      busy = false;
    }, 1000);
    return () => {
      gone.abort();
      clearInterval(timer);
    };
  }, [id, on]);
}

function Traced({ trace, children }: { trace: { value?: Trace; error: unknown; busy: boolean; again: () => void }; children: () => preact.ComponentChildren }) {
  if (trace.value?.items.length) return <>{children()}</>;
  if (trace.busy && !trace.value) return <Loading />;
  if (trace.error && !(trace.error instanceof ApiError && trace.error.status === 404)) return <Problem error={trace.error} again={trace.again} />;
  return <Empty title="No message of this call is kept">Traces of calls that went well are dropped soon after; the configuration says which are kept, and for how long.</Empty>;
}

function Head({ c, first }: { c: CallView; first: ReturnType<typeof rowsOf> }) {
  const since = instant(c.since) ?? now.value;
  const talked = instant(c.talked);
  return (
    <div class="callhead" data-testid="call-head">
      <State state={c.state} />
      <span class="strong num" data-testid="call-lasts">
        {span((now.value - (talked ?? since)) / 1000)}
      </span>
      {c.recording && <span class="rec">REC</span>}
      <Chips names={c.chips} />
      {c.trunk && <span class="muted">{wayWords(c)}</span>}
      {c.row && <code class="muted">{c.row}</code>}
      <ol class="timeline" aria-label="How it was set up">
        <li>
          <span class="muted">came</span> {moment(c.since, now.value)}
        </li>
        <SetUp rows={first} answered={talked ? talked - since : undefined} />
      </ol>
    </div>
  );
}

/** steps of a set-up: the words, and the milliseconds since the first message. */
export function stepsOf(rows: Row[]): Array<[string, number]> {
  const at = (test: (r: Row) => boolean) => rows.find(test);
  const answer = at((r) => Boolean(r.sip) && r.sip!.of === "INVITE" && r.sip!.status >= 200 && r.sip!.status < 300 && !r.item.in);
  const out: Array<[string, Row | undefined]> = [
    ["rang", at((r) => Boolean(r.sip) && r.sip!.of === "INVITE" && (r.sip!.status === 180 || r.sip!.status === 183) && !r.item.in)],
    ["answered", answer],
    ["confirmed", answer && at((r) => r.sip?.method === "ACK" && r.item.in && r.index > answer.index)],
    ["first sound in", at((r) => r.item.kind === "media" && /first packet in/i.test(r.label))],
    ["out", at((r) => r.item.kind === "media" && /first packet out/i.test(r.label))],
  ];
  return out.filter((s): s is [string, Row] => Boolean(s[1])).map(([what, r]) => [what, r.sinceFirst]);
}

function SetUp({ rows, answered }: { rows: Row[]; answered?: number }) {
  const steps = stepsOf(rows);
  if (!steps.length && answered !== undefined) steps.push(["answered", answered]);
  return (
    <>
      {steps.map(([what, ms]) => (
        <li key={what}>
          <span class="muted">{what}</span> +{millis(ms)}
        </li>
      ))}
    </>
  );
}

function Past({ r, rows }: { r: CDR; rows: Row[] }) {
  return (
    <div class="past" data-testid="call-head">
      <p class="result">
        <State state={result(r)} tone={r.answer ? "good" : "bad"} /> {causeWords(r)}
        <Chips names={r.problems} />
      </p>
      <Facts
        of={[
          ["Came", moment(r.start, now.value)],
          r.answer && ["Talked", span(r.billsec ?? 0)],
          r.pdd_ms !== undefined && ["Until it rang", millis(r.pdd_ms)],
          r.setup_ms !== undefined && ["Until answered", millis(r.setup_ms)],
          r.first_media_ms !== undefined && ["Sound after the answer", millis(r.first_media_ms)],
          r.normalized && ["Number", r.normalized],
          r.trunk && ["Trunk", r.trunk],
          r.route_row && ["Row", <code key="row">{baseName(r.route_row)}</code>],
          r.recording && ["Recording", <code key="rec">{baseName(r.recording)}</code>],
        ]}
      />
      {rows.length > 0 && (
        <ol class="timeline past" aria-label="How it was set up">
          <SetUp rows={rows} />
        </ol>
      )}
    </div>
  );
}

const baseName = (file: string) => file.split("/").at(-1) ?? file;

function Actions({ c }: { c: CallView }) {
  const leg = c.legs?.[0];
  const of = (l: { id: string }) => `calls/${encodeURIComponent(c.id)}/legs/${encodeURIComponent(l.id)}`;
  const transfer = async () => {
    const v = await fill({
      title: "Transfer",
      text: "Who is sent on talks with the new number; the other party is let go.",
      action: "Transfer",
      fields: { leg: { label: "Who", value: leg!.id, of: c.legs!.map((l) => [l.id, partyWords(l.party)]) }, to: { label: "To the number" } },
    });
    if (v) await act(() => request("POST", `${of({ id: v.leg! })}/transfer`, { to: v.to }), `Sent to ${v.to}.`);
  };
  const press = async () => {
    const v = await fill({
      title: "Send digits",
      action: "Send",
      fields: { leg: { label: "To", value: c.legs!.at(-1)!.id, of: c.legs!.map((l) => [l.id, partyWords(l.party)]) }, digits: { label: "Digits", hint: "0 to 9, A to D, * and #" } },
    });
    if (v) await act(() => request("POST", `${of({ id: v.leg! })}/dtmf`, { digits: v.digits }), "They were sent.");
  };
  const hold = (on: boolean) => act(() => request("POST", `${of(leg!)}/${on ? "hold" : "resume"}`), on ? "The call is held." : "They hear each other again.");
  const record = (state: "on" | "off") => act(() => request("PUT", `calls/${encodeURIComponent(c.id)}/recording/${state}`), state === "on" ? "It is recorded from now on." : "The recording has ended.");
  return (
    <>
      {leg && session.can("hold-leg") && (c.state === "held" ? <Button onClick={() => void hold(false)}>Resume</Button> : <Button onClick={() => void hold(true)} disabled={c.state !== "talking"}>Hold</Button>)}
      {leg && session.can("transfer-leg") && (
        <Button onClick={() => void transfer()} disabled={c.state !== "talking" && c.state !== "held"}>
          Transfer
        </Button>
      )}
      {leg && session.can("dtmf-leg") && (
        <Button onClick={() => void press()} disabled={c.state !== "talking"}>
          Digits
        </Button>
      )}
      {session.can("record-call") && (
        <Button onClick={() => void record(c.recording ? "off" : "on")} disabled={c.state !== "talking" && !c.recording}>
          {c.recording ? "End recording" : "Record"}
        </Button>
      )}
      {session.can("hang-up") && (
        <Button kind="danger" icon="hangup" onClick={() => void hangUp(c)} testid="hang-up">
          Hang up
        </Button>
      )}
    </>
  );
}
