import { computed, signal, type Signal } from "@preact/signals";
import type { Party, PhoneEngine } from "../engine/engine";
import { read, write } from "../stored";
import { lampOf, readDialogs, readPresence, readSummary, type LampState, type Waiting } from "./lamp";

/** Person is somebody whose lamp is shown. */
export interface Person extends Party {
  lamp: Signal<LampState>;
  note: Signal<string>;
  /** Added here; others come from the gateway. */
  own: boolean;
}

// A lamp is two subscriptions, and the gateway has room for 300 of one user, who
// may have several tabs and telephones.
const maxPeople = 40;

/** People are the lamps: the users that the gateway names, and numbers added here. */
export class People {
  readonly list = signal<Person[]>([]);
  /** What waits in the mailbox; null when the gateway has said nothing of it. */
  readonly waiting = signal<Waiting | null>(null);
  private readonly added = signal<Party[]>([]);
  private readonly given = signal<Party[]>([]);
  private readonly wanted = computed(() => {
    const all = [...this.added.value.map((p) => ({ ...p, own: true })), ...this.given.value.map((p) => ({ ...p, own: false }))];
    return all.filter((p, i) => all.findIndex((q) => q.number === p.number) === i).slice(0, maxPeople);
  });
  private stops = new Map<string, () => void>();
  private user = "";

  constructor(private readonly engine: Pick<PhoneEngine, "watch">) {}

  /** open watches for a user, and the mailbox of his own. */
  open(user: string, given: Party[]): void {
    this.close();
    this.user = user;
    this.added.value = this.kept();
    this.given.value = given.filter((p) => p.number !== user);
    this.stops.set("", this.engine.watch(user, "message-summary", (text) => (this.waiting.value = text === null ? null : readSummary(text))));
    this.refresh();
  }

  close(): void {
    for (const stop of this.stops.values()) stop();
    this.stops.clear();
    this.list.value = [];
    this.waiting.value = null;
  }

  add(party: Party): void {
    if (!party.number || party.number === this.user || this.wanted.value.length >= maxPeople) return;
    this.added.value = [party, ...this.added.value.filter((p) => p.number !== party.number)];
    this.save();
  }

  remove(number: string): void {
    this.added.value = this.added.value.filter((p) => p.number !== number);
    this.save();
  }

  /** nameOf is the name that goes with a number, "" when nobody knows. */
  nameOf(number: string): string {
    return this.list.value.find((p) => p.number === number)?.name ?? "";
  }

  private refresh(): void {
    const before = new Map(this.list.value.map((p) => [p.number, p]));
    this.list.value = this.wanted.value.map((p) => before.get(p.number) ?? this.light(p));
    for (const [number, stop] of this.stops) {
      if (number === "" || this.wanted.value.some((p) => p.number === number)) continue;
      stop();
      this.stops.delete(number);
    }
  }

  private light(p: Party & { own: boolean }): Person {
    const person: Person = { ...p, lamp: signal<LampState>("unknown"), note: signal("") };
    let dialogs: ReturnType<typeof readDialogs> = null;
    let open: boolean | null = null;
    const show = () => (person.lamp.value = lampOf(dialogs, open));
    const one = this.engine.watch(p.number, "dialog", (text) => {
      dialogs = text === null ? null : readDialogs(text);
      show();
    });
    const two = this.engine.watch(p.number, "presence", (text) => {
      const said = text === null ? null : readPresence(text);
      open = said?.open ?? null;
      person.note.value = said?.note ?? "";
      show();
    });
    this.stops.set(p.number, () => {
      one();
      two();
    });
    return person;
  }

  private kept(): Party[] {
    const kept = read<Party[]>(`tandem.people.${this.user}`, []);
    return (Array.isArray(kept) ? kept : []).filter((p) => typeof p?.number === "string").slice(0, maxPeople);
  }

  private save(): void {
    write(`tandem.people.${this.user}`, this.added.value);
    this.refresh();
  }
}
