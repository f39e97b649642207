import { signal } from "@preact/signals";

// How long another tab may take to say that it is there.
const answerWithin = 250;

interface Say {
  say: "who" | "here" | "mine";
  from: string;
}

/** Channel is BroadcastChannel, replaced in tests. */
export interface Channel {
  postMessage(m: unknown): void;
  close(): void;
  onmessage: ((e: { data: unknown }) => void) | null;
}

/**
 * Tabs finds other tabs of this browser with a phone of the same user. One may
 * take the phone over from the others, or they all go on, and one alone rings.
 */
export class Tabs {
  /** Another tab has taken the phone over. */
  readonly taken = signal(false);
  private channel: Channel | null = null;
  private active = false;
  private answered = false;

  constructor(
    private readonly make: (name: string) => Channel | null = (name) => (typeof BroadcastChannel === "undefined" ? null : (new BroadcastChannel(name) as unknown as Channel)),
    private readonly id: string = crypto.randomUUID(),
  ) {}

  /** others says whether another tab has a phone of this user now. */
  async others(user: string): Promise<boolean> {
    this.close();
    this.taken.value = false;
    this.channel = this.make(`tandem-phone-${user}`);
    if (!this.channel) return false;
    this.answered = false;
    this.channel.onmessage = (e) => this.heard(e.data as Say);
    this.send("who");
    await new Promise((r) => setTimeout(r, answerWithin));
    return this.answered;
  }

  /** enter makes this tab one that has a phone; alone takes it from the others. */
  enter(alone: boolean): void {
    this.active = true;
    if (alone) this.send("mine");
  }

  close(): void {
    this.active = false;
    this.channel?.close();
    this.channel = null;
  }

  private heard(m: Say): void {
    if (typeof m !== "object" || m === null || m.from === this.id) return;
    if (m.say === "here") this.answered = true;
    if (!this.active) return;
    if (m.say === "who") this.send("here");
    if (m.say === "mine") {
      this.active = false;
      this.taken.value = true;
    }
  }

  private send(say: Say["say"]): void {
    this.channel?.postMessage({ say, from: this.id } satisfies Say);
  }
}

/**
 * RingLock lets one tab of this browser ring while a call comes to several. The
 * lock goes with the tab that has it.
 */
export class RingLock {
  private release: (() => void) | null = null;
  private asking = false;

  constructor(private readonly changed: () => void) {}

  /** may says whether this tab rings; changed is called when that turns. */
  may(): boolean {
    if (!navigator.locks || this.release) return true;
    this.ask();
    return false;
  }

  /** done lets another tab ring. */
  done(): void {
    this.release?.();
    this.release = null;
  }

  private ask(): void {
    if (this.asking) return;
    this.asking = true;
    void navigator.locks
      .request("tandem-ring", { ifAvailable: true }, (lock) => {
        this.asking = false;
        if (!lock) return undefined;
        return new Promise<void>((resolve) => {
          this.release = resolve;
          this.changed();
        });
      })
      .catch(() => {});
  }
}
