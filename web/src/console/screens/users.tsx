import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { request, type Registration, type User } from "../api";
import { ago, number, plural } from "../format";
import { useLive } from "../live";
import { useLoad } from "../load";
import { now } from "../now";
import { Icon } from "../parts/icons";
import { type Column, Table } from "../parts/table";
import { act, ask, Button, Choice, Empty, Loading, Page, Problem, State, Tag } from "../parts/ui";
import { query, setQuery } from "../router";
import { session } from "../session";

// Who may call, and with which devices they are here.

export function UsersScreen() {
  const regs = useLoad<{ registrations: Registration[] }>("registrations", 15_000);
  const users = useLoad<{ users: User[] }>(session.can("list-users") ? "users" : null, 15_000);
  const view = useSignal<"users" | "devices">("users");
  const search = useRef<HTMLInputElement>(null);
  useLive(["registrations"], (f) => {
    const d = f.data as { registrations?: Registration[] };
    if (Array.isArray(d?.registrations)) regs.set({ registrations: d.registrations });
    else {
      regs.again();
    }
    users.again();
  });
  const want = (query.value.get("q") ?? "").trim().toLowerCase();
  const devices = regs.value?.registrations ?? [];
  const people = peopleOf(users.value?.users ?? [], devices);
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
          <Button icon="add" onClick={() => void addUser(again)}>
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
        <Table key="users" label="Users" columns={userColumns(again)} rows={shownPeople} id={(p) => p.name} empty={<Empty title={people.length ? "Nobody fits" : "There is no user"}>{people.length ? "Search for something shorter." : "Users are written into the configuration, or added here where there is a store."}</Empty>} />
      ) : (
        <Table key="devices" label="Devices" columns={deviceColumns(again)} rows={shownDevices} id={(d) => d.id ?? d.user + d.contact} height={56} empty={<Empty title={devices.length ? "No device fits" : "No device is registered"}>A phone is here as soon as it has registered.</Empty>} />
      )}
    </Page>
  );
}

export interface Person extends User {
  contacts: Registration[];
}

/** peopleOf joins users with their devices; devices of nobody known get a user of their own. */
export function peopleOf(users: User[], devices: Registration[]): Person[] {
  const by = new Map<string, Registration[]>();
  for (const d of devices) by.set(d.user, [...(by.get(d.user) ?? []), d]);
  const known = new Set(users.map((u) => u.name));
  const others = [...by.keys()].filter((n) => !known.has(n)).map((name) => ({ name, devices: by.get(name)!.length }));
  return [...users, ...others].map((u) => ({ ...u, contacts: by.get(u.name) ?? [] }));
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
    { name: "State", cell: (p) => (p.disabled ? <State state="disabled" tone="bad" /> : p.contacts.length ? <State state="online" /> : <State state="offline" tone="idle" />), sort: (p) => -p.contacts.length, width: "8rem" },
    { name: "Devices", cell: (p) => number(p.contacts.length), sort: (p) => p.contacts.length, numeric: true, width: "6.5rem" },
    { name: "Over", cell: (p) => [...new Set(p.contacts.map((c) => c.transport.toUpperCase()))].join(" · ") || "–", rank: 2, width: "8rem" },
    { name: "Last seen", cell: (p) => ago(p.contacts.map((c) => c.lastSeen).sort().at(-1), now.value), rank: 2, width: "9rem" },
    { name: "From", cell: (p) => (p.source ? <Tag>{p.source}</Tag> : ""), rank: 3, width: "6rem" },
  ];
  if (session.can("change-user")) columns.push({ name: "Actions", bare: true, cell: (p) => p.source === "store" && <UserActions p={p} again={again} />, rank: 2, width: "12rem" });
  return columns;
}

function UserActions({ p, again }: { p: Person; again: () => void }) {
  const at = `users/${encodeURIComponent(p.name)}`;
  const password = async () => {
    const value = await ask({ title: `New password for ${p.name}`, text: "Its devices have to be given it, too.", action: "Set", field: { label: "Password", type: "password" } });
    if (value && (await act(() => request("PATCH", at, { password: value }), "The password is set."))) again();
  };
  const enable = async () => {
    if (await act(() => request("PATCH", at, { disabled: !p.disabled }), p.disabled ? `${p.name} may call again.` : `${p.name} is locked out.`)) again();
  };
  return (
    <span class="rowactions">
      <button type="button" class="btn plain small" onClick={() => void password()}>
        Password
      </button>
      <button type="button" class="btn plain small" onClick={() => void enable()}>
        {p.disabled ? "Enable" : "Disable"}
      </button>
    </span>
  );
}

async function addUser(again: () => void) {
  const name = await ask({ title: "Add a user", text: "The name is what others dial, such as 204.", action: "Next", field: { label: "Name" } });
  if (!name) return;
  const password = await ask({ title: `Add ${name}`, text: "Only a digest of it is kept.", action: "Add", field: { label: "Password", type: "password" } });
  if (password && (await act(() => request("POST", "users", { name, password }), `${name} was added.`))) again();
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
