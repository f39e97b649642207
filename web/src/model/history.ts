import { signal } from "@preact/signals";
import { read, write } from "../stored";
import type { PhoneCall } from "./call";

/** Past is a call that is over. */
export interface Past {
  /** ms since the epoch */
  at: number;
  number: string;
  name: string;
  direction: "out" | "in";
  answered: boolean;
  /** seconds talked */
  seconds: number;
  /** the SIP status that a call from here was refused with, where it is known */
  status?: number;
}

/** remembered is how many calls are kept and shown. */
export const remembered = 100;

/**
 * History is the last calls, newest first: the gateway's where it keeps records,
 * which follow the user from device to device; else what this browser saw.
 */
export class History {
  readonly calls = signal<Past[]>([]);
  /** Missed calls that nobody has looked at. */
  readonly missed = signal(0);
  private name = "";

  constructor(private readonly fetch: () => Promise<Past[] | null> = async () => null) {}

  async load(user: string): Promise<void> {
    this.name = `tandem.history.${user}`;
    const kept = read<Past[]>(this.name, []);
    this.calls.value = Array.isArray(kept) ? kept.slice(0, remembered) : [];
    await this.refresh();
  }

  /** refresh asks the gateway; what it does not answer stays as it was. */
  async refresh(): Promise<void> {
    const of = this.name;
    const calls = await this.fetch().catch(() => null);
    if (calls && this.name === of) this.calls.value = calls.slice(0, remembered);
  }

  /** add notes a call that has ended. */
  add(c: PhoneCall): void {
    const answered = c.answeredAt.value > 0;
    const { number, name } = c.first;
    const seconds = answered ? Math.round((c.endedAt.value - c.answeredAt.value) / 1000) : 0;
    const past: Past = { at: c.startedAt, number, name, direction: c.direction, answered, seconds, status: c.direction === "out" ? c.refusedWith : 0 };
    this.calls.value = [past, ...this.calls.value].slice(0, remembered);
    if (this.name) write(this.name, this.calls.value);
    if (c.direction === "in" && !answered && c.missed()) this.missed.value++;
  }

  seen(): void {
    this.missed.value = 0;
  }
}
