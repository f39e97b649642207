import { request } from "../api";
import { ago, instant, number } from "../format";
import { useLoad } from "../load";
import { now } from "../now";
import { type Column, Table } from "../parts/table";
import { act, ask, Empty, Loading, Page, Panel, Problem } from "../parts/ui";
import { session } from "../session";
import { nameOf } from "./call_media";

interface Ban {
  address: string;
  reason?: string;
  since?: string;
  until?: string;
}

interface SecurityView {
  bans: Ban[];
  counts: Record<string, number>;
}

/** SecurityScreen shows who is kept out, and what was refused. */
export function SecurityScreen() {
  const s = useLoad<SecurityView>("security", 5000);
  const v = s.value;
  const counts = Object.entries(v?.counts ?? {}).sort((a, b) => b[1] - a[1]);
  return (
    <Page title="Security" note="Addresses from which nothing is taken for a while, and what was refused since the start.">
      {s.error ? <Problem error={s.error} again={s.again} /> : null}
      {s.busy && !v && <Loading />}
      {v && (
        <>
          {counts.length > 0 && (
            <div class="tiles dense" data-testid="counts">
              {counts.map(([name, n]) => (
                <div class="tile" key={name}>
                  <span class="tilename">{nameOf(name)}</span>
                  <span class="tilevalue">{number(n)}</span>
                </div>
              ))}
            </div>
          )}
          <Panel title="Banned addresses" beside={<span class="muted num">{number(v.bans.length)}</span>}>
            <Table label="Banned addresses" columns={columns(s.again)} rows={v.bans} id={(b) => b.address} empty={<Empty title="No address is banned">Scanners and those who guess passwords are kept out by themselves.</Empty>} />
          </Panel>
        </>
      )}
    </Page>
  );
}

function columns(again: () => void): Column<Ban>[] {
  return [
    { name: "Address", cell: (b) => <code>{b.address}</code>, sort: (b) => b.address },
    { name: "Why", cell: (b) => b.reason ?? "", sort: (b) => b.reason ?? "", rank: 2 },
    { name: "Since", cell: (b) => ago(b.since, now.value), sort: (b) => b.since ?? "", rank: 2, width: "9rem" },
    { name: "Ends", cell: (b) => (instant(b.until) === null ? "never" : ago(b.until, now.value)), sort: (b) => b.until ?? "", width: "9rem" },
    {
      name: "Actions", bare: true,
      cell: (b) =>
        session.can("unban") && (
          <button type="button" class="btn plain small" onClick={() => void unban(b, again)}>
            Let in again
          </button>
        ),
      width: "8rem",
    },
  ];
}

async function unban(b: Ban, again: () => void) {
  const sure = await ask({ title: `Let ${b.address} in again?`, text: b.reason ? `It was banned: ${b.reason}.` : "It was banned for what it did.", action: "Let in" });
  if (sure !== null && (await act(() => request("DELETE", `security/bans/${encodeURIComponent(b.address)}`), `${b.address} may come again.`))) again();
}
