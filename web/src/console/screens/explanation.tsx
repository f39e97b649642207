import { ApiError, type Explanation } from "../api";
import { moment } from "../format";
import { useLoad } from "../load";
import { now } from "../now";
import { Empty, Loading, Problem, State, Tag } from "../parts/ui";

// Why a call goes where it goes: the rows that were tried, in order, and what the one
// that fired does.

export function RoutingTab({ id }: { id: string }) {
  const r = useLoad<{ explanations: Explanation[] | null }>(`calls/${encodeURIComponent(id)}/routing`);
  if (r.error && !(r.error instanceof ApiError && r.error.status === 404)) return <Problem error={r.error} again={r.again} />;
  if (r.busy && !r.value) return <Loading />;
  if (!r.value?.explanations?.length) return <Empty title="It is not known any more how this call was routed">That is kept for the calls that go on, and for a while after.</Empty>;
  return (
    <div class="stack">
      {r.value.explanations.map((e, i) => (
        <ExplanationView key={i} e={e} />
      ))}
    </div>
  );
}

export function ExplanationView({ e }: { e: Explanation }) {
  const rows = e.rows ?? [];
  return (
    <section class="panel explanation" data-testid="explanation">
      <header class="panelhead">
        <h2>
          {e.from} dials {e.to}
          {e.then && <span class="muted"> {e.then}</span>}
        </h2>
        <span class="muted num">
          {moment(e.at, now.value)}
          {e.zone && `, ${e.zone}`}
        </span>
      </header>
      {(e.number || e.caller) && (
        <p class="muted explainednumber">
          {e.number}
          {e.number && e.caller ? " · " : ""}
          {e.caller && `caller ${e.caller}${e.caller_name ? `, ${e.caller_name}` : ""}`}
        </p>
      )}
      <Flow e={e} />
      {rows.length ? (
        <ol class="tried">
          {rows.map((r, i) => (
            <li key={i} class={r.fires ? "fires" : "skipped"}>
              <span class="rowmark" aria-hidden="true" />
              <div class="grow">
                <p>
                  <code class="pattern">{r.pattern}</code> <span class="muted">from {r.from}</span> {r.fires ? <Tag tone="good">fires</Tag> : null}
                </p>
                {r.why && <p class="muted">{r.why}</p>}
                {r.parts && (
                  <p class="muted">
                    {Object.entries(r.parts).map(([k, v]) => (
                      <span key={k} class="fact">
                        {k}={v}
                      </span>
                    ))}
                  </p>
                )}
              </div>
              <code class="muted spot">
                {baseName(r.file)}:{r.line}
              </code>
            </li>
          ))}
        </ol>
      ) : (
        <Empty title="There is no row for such calls">No block of the dialplan takes calls from {e.from}.</Empty>
      )}
      {Boolean(e.conditions?.length) && (
        <ul class="conditions">
          {e.conditions!.map((c, i) => (
            <li key={i}>
              <State state={c.value ? "true" : "false"} tone={c.value ? "good" : "idle"} /> <code>{c.text}</code>
            </li>
          ))}
        </ul>
      )}
      {Boolean(e.asked?.length) && <p class="muted explainednumber">Asked: {e.asked!.join("; ")}</p>}
      {e.status ? (
        <p class="refusedcall">
          <Tag tone="bad">{e.status}</Tag> {e.reason || "The call is refused."}
        </p>
      ) : (
        <Steps e={e} />
      )}
    </section>
  );
}

/** flowOf is the way of the call in a line: who, the row, what it does, whom it reaches. */
export function flowOf(e: Explanation): Array<{ what: string; name: string; note?: string; bad?: boolean }> {
  const row = e.rows?.find((r) => r.fires);
  const out: Array<{ what: string; name: string; note?: string; bad?: boolean }> = [{ what: "from", name: e.from }];
  if (row) out.push({ what: "row", name: row.pattern, note: `${baseName(row.file)}:${row.line}` });
  for (const s of e.steps ?? []) {
    if (!s.targets?.length) out.push({ what: "step", name: s.step });
    for (const t of s.targets ?? []) out.push({ what: "to", name: t.target, note: t.number });
  }
  if (e.status) out.push({ what: "refused", name: String(e.status), note: e.reason, bad: true });
  return out.length > 2 || e.status ? out : [];
}

function Flow({ e }: { e: Explanation }) {
  const parts = flowOf(e);
  if (!parts.length) return null;
  return (
    <ol class="flow" aria-label="The way of the call">
      {parts.map((p, i) => (
        <li key={i} class={p.bad ? "bad" : p.what}>
          <small class="muted">{p.what}</small>
          <code>{p.name}</code>
          {p.note && <small class="muted">{p.note}</small>}
        </li>
      ))}
    </ol>
  );
}

const baseName = (file: string) => file.split("/").at(-1) || file;

function Steps({ e }: { e: Explanation }) {
  if (!e.steps?.length) return null;
  return (
    <ol class="steps" aria-label="What is done">
      {e.steps.map((s, i) => (
        <li key={i}>
          <code>{s.step}</code>
          {s.targets?.map((t, k) => (
            <p key={k} class="muted">
              {t.target}
              {t.number && `, number ${t.number}`}
              {t.note && `: ${t.note}`}
            </p>
          ))}
          {s.notes?.map((n) => (
            <p key={n} class="muted">
              {n}
            </p>
          ))}
        </li>
      ))}
    </ol>
  );
}
