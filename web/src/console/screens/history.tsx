import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { base, get, type CDR } from "../api";
import { moment, plural, span } from "../format";
import { passes, retryAfter, useSoon } from "../load";
import { now } from "../now";
import { Icon } from "../parts/icons";
import { Parties } from "../parts/parties";
import { type Column, Table } from "../parts/table";
import { Button, Chips, Empty, Loading, Page, Problem, State } from "../parts/ui";
import { callHref, query, setQuery } from "../router";
import { session } from "../session";
import { result, results } from "../words";
import { Mos } from "./calls";

// Calls that are over, the newest first; page by page, however many there are.

const fields = ["from", "to", "number", "user", "trunk", "result", "mos_below", "duration_over"] as const;
const pageSize = 100;

/** toQuery makes the API's question of what stands in the form: days are the reader's own. */
export function toQuery(q: URLSearchParams): URLSearchParams {
  const out = new URLSearchParams();
  for (const f of fields) {
    const v = q.get(f)?.trim();
    if (!v) continue;
    if (f === "from" || f === "to") {
      const at = new Date(/T/.test(v) ? v : `${v}T00:00:00`);
      if (Number.isNaN(at.getTime())) continue;
      if (f === "to" && !/T/.test(v)) at.setDate(at.getDate() + 1); // the whole of that day
      out.set(f, at.toISOString());
    } else out.set(f, v);
  }
  return out;
}

export function HistoryScreen() {
  const rows = useSignal<CDR[]>([]);
  const next = useSignal("");
  const busy = useSignal(true);
  const error = useSignal<unknown>(null);
  const asked = toQuery(query.value).toString();
  const latest = useRef(asked);
  latest.current = asked;
  const missing = useRef(""); // the page that could not be had
  const load = async (after: string, signal?: AbortSignal) => {
    busy.value = true;
    missing.current = after;
    try {
      const q = new URLSearchParams(asked);
      const before = after ? rows.peek() : [];
      for (let found: CDR[] = []; ; ) {
        q.set("limit", String(pageSize - found.length));
        if (after) q.set("after", after);
        const v = await get<{ cdrs: CDR[]; next?: string }>(`cdrs?${q}`, signal);
        if (latest.current !== asked) return; // somebody asks something else by now
        found = [...found, ...(v.cdrs ?? [])];
        after = v.next ?? "";
        rows.value = [...before, ...found];
        next.value = after;
        error.value = null;
        // An answer may have fewer, or none, where few of many fit: the search goes on.
        if (!after || found.length >= pageSize) break;
      }
    } catch (err) {
      if (!signal?.aborted) error.value = err;
    }
    busy.value = false;
  };
  useSoon((gone) => void load("", gone), [asked]);
  useEffect(() => {
    if (!passes(error.value)) return;
    const timer = setTimeout(() => void load(missing.current), retryAfter);
    return () => clearTimeout(timer);
  }, [error.value, asked]);
  const filtered = asked !== "";
  return (
    <Page
      title="History"
      note={rows.value.length ? `${plural(rows.value.length, "call")}${next.value ? ", and more" : ""}` : undefined}
      actions={
        <>
          {session.can("export-cdrs") && (
            <a class="btn" href={`${base}cdrs.csv?${asked}`} download="calls.csv" data-testid="export-csv">
              <Icon name="download" />
              CSV
            </a>
          )}
          {session.can("export-cdrs-json") && (
            <a class="btn" href={`${base}cdrs.jsonl?${asked}`} download="calls.jsonl">
              <Icon name="download" />
              JSON
            </a>
          )}
        </>
      }
    >
      <Search />
      {error.value ? <Problem error={error.value} again={() => void load(missing.current)} /> : null}
      {busy.value && !rows.value.length ? (
        <Loading />
      ) : (
        <Table
          label="Calls that are over"
          columns={columns}
          rows={rows.value}
          id={(r) => r.call_id}
          href={(r) => callHref(r.call_id)}
          empty={error.value ? null : <Empty title={filtered ? "No call fits" : "There has been no call yet"}>{filtered ? "Ask for a longer time, or for less." : "A record is written as soon as a call is over."}</Empty>}
        />
      )}
      {next.value && (
        <p class="more">
          <Button onClick={() => void load(next.value)} disabled={busy.value}>
            {busy.value ? "Loading…" : "More"}
          </Button>
        </p>
      )}
    </Page>
  );
}

function Search() {
  const q = query.value;
  const field = (name: (typeof fields)[number], label: string, type: "search" | "date" | "number", placeholder = "") => (
    <label class="field">
      <span>{label}</span>
      <input type={type as "search"} value={q.get(name) ?? ""} placeholder={placeholder} {...(type === "number" ? { min: 0, step: "any" } : {})} onInput={(e) => setQuery({ [name]: e.currentTarget.value })} data-testid={`history-${name}`} />
    </label>
  );
  return (
    <div class="searchform panel card" role="search">
      {field("number", "Number", "search", "+442079460000")}
      {field("user", "User", "search", "201")}
      {field("trunk", "Trunk", "search", "its name")}
      {field("from", "From", "date")}
      {field("to", "Until", "date")}
      <label class="field">
        <span>Result</span>
        <select value={q.get("result") ?? ""} onChange={(e) => setQuery({ result: e.currentTarget.value })}>
          <option value="">any</option>
          {results.map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      </label>
      {field("mos_below", "MOS below", "number", "3.5")}
      {field("duration_over", "Longer than, s", "number", "60")}
    </div>
  );
}

const fromOf = (r: CDR) => r.from_name || r.from_user || r.from_number || r.from_trunk || "unknown";

const columns: Column<CDR>[] = [
  {
    name: "From → to",
    cell: (r) => <Parties from={fromOf(r)} to={r.dialed ?? ""} />,
    sort: fromOf,
  },
  { name: "Came", cell: (r) => <span class="num">{moment(r.start, now.value)}</span>, sort: (r) => r.start, width: "10.25rem" },
  { name: "Result", cell: (r) => <State state={result(r)} tone={r.answer ? "good" : result(r) === "failed" ? "bad" : "warn"} />, sort: result, width: "8rem", rank: 2 },
  { name: "Talked", cell: (r) => (r.answer ? span(r.billsec ?? 0) : "–"), sort: (r) => r.billsec ?? 0, numeric: true, width: "5rem" },
  { name: "MOS", cell: (r) => <Mos mos={r.mos} />, sort: (r) => r.mos ?? 9, numeric: true, rank: 2, width: "4.5rem" },
  { name: "Cause", cell: (r) => [r.sip_code, r.reason].filter(Boolean).join(" "), rank: 3, width: "13.5rem" },
  { name: "Trunk", cell: (r) => r.trunk || r.from_trunk || "", sort: (r) => r.trunk || r.from_trunk || "", rank: 4, width: "8rem" },
  { name: "Problems", cell: (r) => <Chips names={r.problems} />, sort: (r) => -(r.problems?.length ?? 0), rank: 3, width: "7.5rem" },
];
