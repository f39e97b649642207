import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { request, type Call, type Registration, type User } from "../api";
import { applyCalls, type CallsFrame } from "../calls";
import { ago, number, plural } from "../format";
import { useLive } from "../live";
import { useLoad } from "../load";
import { now } from "../now";
import { Icon } from "../parts/icons";
import { type Column, Table } from "../parts/table";
import { act, ask, Button, Choice, Empty, fill, Loading, Page, Problem, State } from "../parts/ui";
import { query, setQuery } from "../router";
import { session } from "../session";

// Who may call, and with which devices they are here.

export function UsersScreen() {
  const regs = useLoad<{ registrations: Registration[] }>("registrations", 15_000);
  const users = useLoad<{ users: User[] }>(session.can("list-users") ? "users" : null, 15_000);
  const calls = useSignal<Call[]>([]);
  const view = useSignal<"users" | "devices">("users");
  const search = useRef<HTMLInputElement>(null);
  useLive(session.can("list-calls") ? ["registrations", "calls"] : ["registrations"], (f) => {
    if (f.topic === "calls") {
      calls.value = applyCalls(calls.peek(), f.data as CallsFrame);
      return;
    }
    const d = (f.data ?? {}) as { registrations?: Registration[]; calls?: Call[] };
    if (Array.isArray(d.calls)) calls.value = d.calls;
    if (Array.isArray(d.registrations)) regs.set({ registrations: d.registrations });
    else regs.again();
    users.again();
  });
  const want = (query.value.get("q") ?? "").trim().toLowerCase();
  const devices = regs.value?.registrations ?? [];
  const people = peopleOf(users.value?.users ?? [], devices, calls.value);
  const has = (...all: Array<string | undefined>) => !want || all.some((s) => s?.toLowerCase().includes(want));
  const shownPeople = people.filter((p) => has(p.name, p.displayName, ...p.contacts.map((c) => c.address + (c.userAgent ?? ""))));
  const shownDevices = devices.filter((d) => has(d.user, d.address, d.userAgent, d.transport, d.contact));
  const again = () => {
    regs.again();
    users.again();
  };
  const error = regs.error || users.error;
  return (
    <Page
      title="Users"
      note={regs.value && `${plural(people.length, "user")}, ${plural(devices.length, "device")} registered`}
      actions={
        session.can("add-user") && (
          <Button kind="primary" icon="add" onClick={() => void addUser(again)} testid="add-user">
            Add a user
          </Button>
        )
      }
    >
      <div class="filters">
        <Choice label="List" value={view.value} of={[["users", "Users"], ["devices", "Devices"]]} onChange={(v) => (view.value = v)} />
        <label class="search">
          <Icon name="search" size={18} />
          <span class="visually-hidden">Search</span>
          <input ref={search} type="search" placeholder="Name, address, device" value={query.value.get("q") ?? ""} onInput={(e) => setQuery({ q: e.currentTarget.value })} />
        </label>
      </div>
      {error ? <Problem error={error} again={again} /> : null}
      {regs.busy && !regs.value ? (
        <Loading />
      ) : view.value === "users" ? (
        <Table key="users" label="Users" columns={userColumns(again)} rows={shownPeople} id={(p) => p.name} sorted="User" empty={<Empty title={people.length ? "Nobody fits" : "There is no user"}>{people.length ? "Search for something shorter." : "Users are written into the configuration, or added here where there is a store."}</Empty>} />
      ) : (
        <Table key="devices" label="Devices" columns={deviceColumns(again)} rows={shownDevices} id={(d) => d.id ?? d.user + d.contact} height={56} empty={<Empty title={devices.length ? "No device fits" : "No device is registered"}>A phone is here as soon as it has registered.</Empty>} />
      )}
    </Page>
  );
}

export interface Person extends User {
  contacts: Registration[];
  /** In a call, being called, or neither. */
  busy?: "in a call" | "ringing";
}

const numberIn = (party: string) => /<([^>]+)>$/.exec(party)?.[1] ?? party.replace(/^user:/, "");

/** peopleOf joins users with their devices and calls; devices of nobody known get a user of their own. */
export function peopleOf(users: User[], devices: Registration[], calls: Call[] = []): Person[] {
  const by = new Map<string, Registration[]>();
  for (const d of devices) by.set(d.user, [...(by.get(d.user) ?? []), d]);
  const busy = new Map<string, Person["busy"]>();
  for (const c of calls) {
    const talks = Boolean(c.talked);
    const of = [[c.from, "in a call"], [c.with ?? "", "in a call"], [c.with ? "" : c.to, talks ? undefined : "ringing"]] as const;
    for (const [party, state] of of) if (party && state && busy.get(numberIn(party)) !== "in a call") busy.set(numberIn(party), state);
  }
  const known = new Set(users.map((u) => u.name));
  const others = [...by.keys()].filter((n) => !known.has(n)).map((name) => ({ name, devices: by.get(name)!.length }));
  return [...users, ...others].map((u) => ({ ...u, contacts: by.get(u.name) ?? [], busy: busy.get(u.name) }));
}

function Standing({ p }: { p: Person }) {
  if (p.disabled) return <State state="locked out" tone="bad" />;
  if (p.busy && p.contacts.length) return <State state={p.busy} tone={p.busy === "ringing" ? "busy" : "good"} />;
  return p.contacts.length ? <State state="online" /> : <State state="offline" tone="idle" />;
}

function userColumns(again: () => void): Column<Person>[] {
  const columns: Column<Person>[] = [
    {
      name: "User",
      cell: (p) => (
        <>
          <b>{p.name}</b> {p.displayName && <span class="muted">{p.displayName}</span>}
        </>
      ),
      sort: (p) => p.name,
    },
    { name: "State", cell: (p) => <Standing p={p} />, sort: (p) => `${p.disabled ? 3 : p.busy ? 0 : p.contacts.length ? 1 : 2}`, width: "8rem" },
    { name: "Devices", cell: (p) => number(p.contacts.length), sort: (p) => p.contacts.length, numeric: true, rank: 2, width: "6.5rem" },
    { name: "Over", cell: (p) => [...new Set(p.contacts.map((c) => c.transport.toUpperCase()))].join(" · ") || "–", rank: 2, width: "8rem" },
    { name: "Last seen", cell: (p) => ago(p.contacts.map((c) => c.lastSeen).sort().at(-1), now.value), rank: 3, width: "9rem" },
    { name: "Kept in", cell: (p) => (p.source ? `the ${p.source}` : ""), sort: (p) => p.source ?? "", rank: 3, width: "7rem" },
  ];
  if (session.can("change-user") || session.can("make-call")) columns.push({ name: "Actions", bare: true, cell: (p) => <UserActions p={p} again={again} />, width: "9.5rem" });
  return columns;
}

const lengthHint = "8 characters at least; only a digest of it is kept";

function UserActions({ p, again }: { p: Person; again: () => void }) {
  const at = `users/${encodeURIComponent(p.name)}`;
  const change = async () => {
    const v = await fill({
      title: `Change ${p.name}`,
      action: "Save",
      fields: {
        displayName: { label: "Name that others see", value: p.displayName ?? "", optional: true },
        password: { label: "New password", type: "password", optional: true, hint: `Nothing: it stays. ${lengthHint}` },
        state: { label: "May register and be called", value: p.disabled ? "no" : "yes", of: [["yes", "yes"], ["no", "no: locked out"]] },
      },
    });
    if (!v) return;
    const body = { displayName: v.displayName, disabled: v.state === "no", ...(v.password ? { password: v.password } : {}) };
    if (await act(() => request("PATCH", at, body), `${p.name} is changed.`)) again();
  };
  const remove = async () => {
    const sure = await ask({ title: `Remove ${p.name}?`, text: "The devices are let go of; calls go on.", action: "Remove", danger: true });
    if (sure !== null && (await act(() => request("DELETE", at), `${p.name} was removed.`))) again();
  };
  const test = async () => {
    const to = await ask({ title: `Call ${p.displayName || p.name}`, text: "All devices ring. Once it is answered, this number is dialed for the user: 600 lets them hear themselves where the test numbers are included.", action: "Call", field: { label: "Number", value: "600" } });
    if (to) await act(() => request("POST", "calls", { from: `user:${p.name}`, to }), "It rings.");
  };
  return (
    <span class="rowactions">
      {session.can("make-call") && p.contacts.length > 0 && (
        <button type="button" class="btn plain small" onClick={() => void test()} title="A call to test it">
          Call
        </button>
      )}
      {p.source === "store" && session.can("change-user") && (
        <button type="button" class="btn plain small" onClick={() => void change()} data-testid={`change-${p.name}`}>
          Change
        </button>
      )}
      {p.source === "store" && session.can("remove-user") && (
        <button type="button" class="btn plain small danger" onClick={() => void remove()} data-testid={`remove-${p.name}`} aria-label={`Remove ${p.name}`} title="Remove">
          <Icon name="close" />
        </button>
      )}
    </span>
  );
}

async function addUser(again: () => void) {
  const v = await fill({
    title: "Add a user",
    text: "Beside those of the configuration, and at once: nothing is reloaded.",
    action: "Add",
    fields: {
      name: { label: "Name, which others dial", hint: "Such as 204" },
      displayName: { label: "Name that others see", optional: true },
      password: { label: "Password", type: "password", hint: lengthHint },
    },
  });
  if (!v) return;
  const body = { name: v.name, password: v.password, ...(v.displayName ? { displayName: v.displayName } : {}) };
  if (await act(() => request("POST", "users", body), `${v.name} was added.`)) again();
}

function deviceColumns(again: () => void): Column<Registration>[] {
  return [
    {
      name: "Device",
      cell: (d) => (
        <span class="twolines">
          <b>{d.user}</b>
          <small class="muted">{d.userAgent || "says nothing of itself"}</small>
        </span>
      ),
      sort: (d) => d.user,
    },
    { name: "Over", cell: (d) => d.transport.toUpperCase(), sort: (d) => d.transport, width: "5rem" },
    {
      name: "Seen at",
      cell: (d) => (
        <span class="twolines">
          <code>{d.address}</code>
          {d.translated && <small class="muted">behind NAT: it wrote {hostOf(d.contact)}</small>}
        </span>
      ),
      sort: (d) => d.address,
      rank: 2,
      width: "17rem",
    },
    { name: "Here for", cell: (d) => ago(d.since, now.value).replace(" ago", ""), sort: (d) => d.since, rank: 3, width: "8rem" },
    { name: "Ends", cell: (d) => ago(d.expires, now.value), sort: (d) => d.expires, rank: 3, width: "8rem" },
    {
      name: "Actions", bare: true,
      cell: (d) =>
        d.id &&
        session.can("kick-registration") && (
          <button type="button" class="btn plain small" onClick={() => void kick(d, again)}>
            Remove
          </button>
        ),
      width: "7rem",
    },
  ];
}

const hostOf = (uri: string) => /@([^;>]+)/.exec(uri)?.[1] ?? uri;

async function kick(d: Registration, again: () => void) {
  const sure = await ask({ title: "Remove this device?", text: `${d.user} is not reached at ${d.address} any more until the device registers again.`, action: "Remove", danger: true });
  if (sure !== null && (await act(() => request("DELETE", `registrations/${encodeURIComponent(d.id!)}`), "The device was removed."))) again();
}
