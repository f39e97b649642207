import { request } from "../api";
import { ago, instant, number } from "../format";
import { useLoad } from "../load";
import { now } from "../now";
import { type Column, Table } from "../parts/table";
import { act, ask, Button, Empty, fill, Loading, Page, Panel, Problem, State } from "../parts/ui";
import { session } from "../session";
import { nameOf } from "./call_media";

interface Ban {
  address: string;
  reason?: string;
  since?: string;
  until?: string;
}

interface Suspect {
  address: string;
  agent?: string;
  times: number;
  last: string;
  held?: boolean;
}

interface SecurityView {
  bans: Ban[];
  counts: Record<string, number>;
  guessing?: Suspect[];
  scanners?: Suspect[];
}

// In the order in which it gets serious.
const counted: Array<[string, string, string]> = [
  ["limited", "Too many requests", "beyond the rate of their address"],
  ["perUser", "Too many calls", "beyond the rate of their user"],
  ["guessed", "Wrong passwords", "of devices and of who guesses"],
  ["held", "Not looked at", "passwords of who guesses"],
  ["silent", "Left unanswered", "requests of strangers"],
  ["banned", "Bans", "of guessers and by hand"],
  ["dropped", "Dropped", "datagrams of the banned"],
];

/** tilesOf puts the counts into words; those that are not known here come last. */
export function tilesOf(counts: Record<string, number>): Array<{ name: string; title: string; note: string; n: number }> {
  const known = counted.filter(([name]) => counts[name] !== undefined).map(([name, title, note]) => ({ name, title, note, n: counts[name]! }));
  const others = Object.keys(counts).filter((k) => !counted.some(([name]) => name === k)).sort();
  return [...known, ...others.map((name) => ({ name, title: nameOf(name), note: "", n: counts[name]! }))];
}

/** SecurityScreen shows who is kept out, who guesses and scans, and what was refused. */
export function SecurityScreen() {
  const s = useLoad<SecurityView>("security", 5000);
  const v = s.value;
  return (
    <Page
      title="Security"
      note="Who is kept out, and what was refused since the start."
      actions={
        session.can("ban") && (
          <Button icon="add" onClick={() => void banSome("", s.again)} testid="ban">
            Ban an address
          </Button>
        )
      }
    >
      {s.error ? <Problem error={s.error} again={s.again} /> : null}
      {s.busy && !v && <Loading />}
      {v && (
        <>
          <div class="tiles dense" data-testid="counts">
            <div class="tile">
              <span class="tilename">Banned now</span>
              <span class="tilevalue">{number(v.bans.length)}</span>
              <span class="tilenote">addresses</span>
            </div>
            {tilesOf(v.counts ?? {}).map((t) => (
              <div class="tile" key={t.name}>
                <span class="tilename">{t.title}</span>
                <span class="tilevalue">{number(t.n)}</span>
                {t.note && <span class="tilenote">{t.note}</span>}
              </div>
            ))}
          </div>
          <Panel title="Banned addresses" beside={<span class="muted num">{number(v.bans.length)}</span>}>
            <Table label="Banned addresses" columns={banColumns(s.again)} rows={v.bans} id={(b) => b.address} empty={<Empty title="No address is banned">Who goes on guessing passwords is kept out by itself.</Empty>} />
          </Panel>
          {Boolean(v.guessing?.length) && (
            <Panel title="Wrong passwords within the hour" beside={<span class="muted num">{number(v.guessing!.length)}</span>}>
              <Table label="Who was wrong about passwords" columns={guessColumns(s.again)} rows={v.guessing!} id={(x) => x.address} empty={null} />
            </Panel>
          )}
          {Boolean(v.scanners?.length) && (
            <Panel title="Strangers left unanswered" beside={<span class="muted num">{number(v.scanners!.length)}</span>}>
              <Table label="Strangers left unanswered" columns={scanColumns(s.again)} rows={v.scanners!} id={(x) => x.agent ?? ""} empty={null} />
            </Panel>
          )}
        </>
      )}
    </Page>
  );
}

function banColumns(again: () => void): Column<Ban>[] {
  return [
    { name: "Address", cell: (b) => <code>{b.address}</code>, sort: (b) => b.address },
    { name: "Why", cell: (b) => b.reason ?? "", sort: (b) => b.reason ?? "", rank: 2 },
    { name: "Since", cell: (b) => ago(b.since, now.value), sort: (b) => b.since ?? "", rank: 2, width: "9rem" },
    { name: "Ends", cell: (b) => (instant(b.until) === null ? "never" : ago(b.until, now.value)), sort: (b) => b.until ?? "", width: "9rem" },
    {
      name: "Actions",
      bare: true,
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

const banCell = (again: () => void): Column<Suspect> => ({
  name: "Actions",
  bare: true,
  cell: (x) =>
    session.can("ban") && (
      <button type="button" class="btn plain small" onClick={() => void banSome(x.address, again)}>
        Ban
      </button>
    ),
  width: "5rem",
});

const lastCell: Column<Suspect> = { name: "Last", cell: (x) => ago(x.last, now.value), sort: (x) => x.last, width: "9rem", rank: 2 };

const guessColumns = (again: () => void): Column<Suspect>[] => [
  { name: "Address", cell: (x) => <code>{x.address}</code>, sort: (x) => x.address },
  { name: "State", cell: (x) => <State state={x.held ? "held back" : "watched"} tone={x.held ? "warn" : "idle"} />, width: "8rem" },
  { name: "Times", cell: (x) => number(x.times), sort: (x) => x.times, numeric: true, width: "6rem" },
  lastCell,
  banCell(again),
];

const scanColumns = (again: () => void): Column<Suspect>[] => [
  { name: "Program", cell: (x) => x.agent || <span class="muted">gives no name</span>, sort: (x) => x.agent ?? "" },
  { name: "Seen at", cell: (x) => <code>{x.address}</code>, sort: (x) => x.address, width: "12rem", rank: 2 },
  { name: "Requests", cell: (x) => number(x.times), sort: (x) => x.times, numeric: true, width: "7rem" },
  lastCell,
  banCell(again),
];

async function banSome(address: string, again: () => void) {
  const v = await fill({
    title: "Ban an address",
    text: "Nothing that comes from it is taken. Devices and trunks of ours cannot be banned.",
    action: "Ban",
    danger: true,
    fields: { address: { label: "Address", value: address }, minutes: { label: "For", value: "1440", of: [["60", "an hour"], ["1440", "a day"], ["10080", "a week"], ["525600", "a year"]] } },
  });
  if (v && (await act(() => request("POST", "security/bans", { address: v.address, minutes: Number(v.minutes) }), `${v.address} is kept out.`))) again();
}

async function unban(b: Ban, again: () => void) {
  const sure = await ask({ title: `Let ${b.address} in again?`, text: b.reason ? `It was banned: ${b.reason}.` : "It was banned for what it did.", action: "Let in" });
  if (sure !== null && (await act(() => request("DELETE", `security/bans/${encodeURIComponent(b.address)}`), `${b.address} may come again.`))) again();
}
