import { useSignal } from "@preact/signals";
import { get, type AuditEntry } from "../api";
import { moment } from "../format";
import { useSoon } from "../load";
import { now } from "../now";
import { Icon } from "../parts/icons";
import { type Column, Table } from "../parts/table";
import { Button, Empty, Loading, Page, Problem, State } from "../parts/ui";
import { query, setQuery } from "../router";

// What people and programs have done here, or tried to; page by page.

const pageSize = 100;

export function AuditScreen() {
  const rows = useSignal<AuditEntry[]>([]);
  const next = useSignal("");
  const busy = useSignal(true);
  const error = useSignal<unknown>(null);
  const who = query.value.get("who")?.trim() ?? "";
  const load = async (after: string, signal?: AbortSignal) => {
    busy.value = true;
    try {
      const q = new URLSearchParams({ limit: String(pageSize), ...(who ? { who } : {}), ...(after ? { after } : {}) });
      const v = await get<{ entries: AuditEntry[]; next?: string }>(`audit?${q}`, signal);
      rows.value = after ? [...rows.peek(), ...v.entries] : v.entries;
      next.value = v.next ?? "";
      error.value = null;
    } catch (err) {
      if (!signal?.aborted) error.value = err;
    }
    busy.value = false;
  };
  useSoon((gone) => void load("", gone), [who]);
  return (
    <Page
      title="Audit"
      note="What was done by whom, the newest first. Who only looked is not in it."
      actions={
        <Button icon="again" onClick={() => void load("")} disabled={busy.value}>
          Look again
        </Button>
      }
    >
      <div class="filters">
        <label class="search">
          <Icon name="search" size={18} />
          <span class="visually-hidden">Who</span>
          <input type="search" placeholder="Who: the whole name" value={who} onInput={(e) => setQuery({ who: e.currentTarget.value })} data-testid="audit-who" />
        </label>
      </div>
      {error.value ? <Problem error={error.value} again={() => void load("")} /> : null}
      {busy.value && !rows.value.length ? <Loading /> : <Table label="What was done" columns={columns} rows={rows.value} id={(e) => String(e.seq)} empty={error.value ? null : <Empty title={who ? `Nothing is known of ${who}` : "Nothing has been done yet"}>Sign-ins and everything that changes something are written here.</Empty>} />}
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

const well = /^ok$/i;

/** actionWords makes words of an operation: "remove-token" is "remove token". */
export const actionWords = (action: string) => action.replace(/-/g, " ");

const columns: Column<AuditEntry>[] = [
  {
    name: "Did",
    cell: (e) => (
      <span title={e.detail}>
        <b>{actionWords(e.action)}</b> <span class="muted">{(e.object || e.detail || "").replace(/^\//, "")}</span>
      </span>
    ),
    sort: (e) => e.action,
  },
  { name: "Who", cell: (e) => e.who, sort: (e) => e.who, width: "8rem" },
  { name: "Role", cell: (e) => e.role ?? "", sort: (e) => e.role ?? "", rank: 3, width: "6.5rem" },
  { name: "When", cell: (e) => <span class="num">{moment(e.at, now.value)}</span>, sort: (e) => e.at, width: "10.5rem" },
  { name: "From", cell: (e) => (e.address ? <code>{e.address}</code> : "this machine"), rank: 3, width: "10rem" },
  { name: "Outcome", cell: (e) => <span title={e.outcome}><State state={e.outcome.toLowerCase()} tone={well.test(e.outcome) ? "good" : "bad"} /></span>, sort: (e) => e.outcome, rank: 2, width: "15rem" },
];
