import { computed, signal } from "@preact/signals";
import type { Party, Text } from "../engine/engine";
import { read, write } from "../stored";

/** Delivery is what became of a message of ours. */
export type Delivery = "sending" | "delivered" | "kept" | "failed";

export interface Line {
  at: number;
  mine: boolean;
  text: string;
  /** of ours only */
  state?: Delivery;
  /** SIP status of a refusal, 0 when there was no answer */
  status?: number;
}

export interface Thread {
  number: string;
  name: string;
  lines: Line[];
  unread: number;
}

// What this browser remembers.
const maxThreads = 50;
const maxLines = 100;
/** maxText is what one message may be, in characters; the gateway takes 2048 octets where nobody says otherwise. */
export const maxText = 1000;

interface Sender {
  text(to: string, text: string): Promise<number>;
}

/** Chat is the messages with each number, newest thread first, kept in this browser. */
export class Chat {
  readonly threads = signal<Thread[]>([]);
  /** The number whose thread is on the screen. */
  readonly open = signal("");
  readonly unread = computed(() => this.threads.value.reduce((n, th) => n + th.unread, 0));
  private name = "";

  constructor(
    private readonly sender: Sender,
    private readonly now: () => number,
  ) {}

  /** load brings back what was kept for a user. */
  load(user: string): void {
    this.name = `tandem.chat.${user}`;
    this.open.value = "";
    const kept = read<Thread[]>(this.name, []);
    // What was under way when the page went has been sent or not; nobody knows.
    this.threads.value = (Array.isArray(kept) ? kept : []).slice(0, maxThreads).map((th) => ({ ...th, lines: th.lines.map((l) => (l.state === "sending" ? { ...l, state: "failed" as const, status: 0 } : l)) }));
  }

  thread(number: string): Thread {
    return this.threads.value.find((th) => th.number === number) ?? { number, name: "", lines: [], unread: 0 };
  }

  /** show puts a thread on the screen, which reads it; "" puts it away. */
  show(number: string): void {
    this.open.value = number;
    if (this.thread(number).unread) this.change(number, (th) => ({ ...th, unread: 0 }), false);
  }

  /** receive takes a message that has come. */
  receive(m: Text): void {
    const seen = this.open.value === m.from.number;
    this.add(m.from, { at: m.at || this.now(), mine: false, text: m.text.slice(0, maxText * 4) }, seen ? 0 : 1);
  }

  /** send writes to a number and notes what becomes of it. */
  async send(to: Party, text: string): Promise<void> {
    const line: Line = { at: this.now(), mine: true, text: text.trim().slice(0, maxText), state: "sending" };
    if (!line.text) return;
    this.add(to, line, 0);
    const status = await this.sender.text(to.number, line.text);
    const state = status === 202 ? "kept" : status >= 200 && status < 300 ? "delivered" : "failed";
    this.change(to.number, (th) => ({ ...th, lines: th.lines.map((l) => (l === line ? { ...l, state, status } : l)) }), false);
  }

  /** forget removes a thread for good. */
  forget(number: string): void {
    this.threads.value = this.threads.value.filter((th) => th.number !== number);
    if (this.open.value === number) this.open.value = "";
    this.save();
  }

  private add(party: Party, line: Line, unread: number): void {
    this.change(party.number, (th) => ({ ...th, name: party.name || th.name, unread: th.unread + unread, lines: [...th.lines, line].slice(-maxLines) }), true);
  }

  private change(number: string, f: (th: Thread) => Thread, first: boolean): void {
    const changed = f(this.thread(number));
    const all = this.threads.value;
    if (first) this.threads.value = [changed, ...all.filter((th) => th.number !== number)].slice(0, maxThreads);
    else this.threads.value = all.map((th) => (th.number === number ? changed : th));
    this.save();
  }

  private save(): void {
    if (this.name) write(this.name, this.threads.value);
  }
}
