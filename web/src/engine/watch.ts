import type { Watched } from "./engine";
import type { Timers } from "./timers";
import type { Subscriber, UserAgent } from "./ua";

const types: Record<Watched, string> = {
  dialog: "application/dialog-info+xml",
  presence: "application/pidf+xml",
  "message-summary": "application/simple-message-summary",
};
const lasts = 600;
// A subscription that was refused is asked for again, ever more seldom.
const firstWait = 2_000;
const lastWait = 300_000;

/**
 * Watch is one subscription that is wanted for as long as nobody calls stop: it
 * is made when the phone is registered, refreshed when it registers anew, since
 * what was told meanwhile is lost, and made again when the gateway ends it.
 */
export class Watch {
  private subscriber: Subscriber | null = null;
  private timer = 0;
  private wait = firstWait;
  private stopped = false;

  constructor(
    private readonly uri: string,
    private readonly what: Watched,
    private readonly told: (document: string | null) => void,
    private readonly timers: Timers,
  ) {}

  /** registered makes or refreshes the subscription. */
  registered(ua: UserAgent): void {
    if (this.stopped) return;
    this.clear();
    if (this.subscriber) return this.subscriber.subscribe();
    const s = ua.subscribe(this.uri, this.what, types[this.what], { expires: lasts });
    this.subscriber = s;
    s.on("notify", (_final: boolean, _request: unknown, body: string | undefined, type: string | undefined) => {
      this.wait = firstWait;
      if (s === this.subscriber && body && (type ?? "").toLowerCase().startsWith(types[this.what])) this.told(body);
    });
    s.on("terminated", () => {
      if (s !== this.subscriber) return;
      this.subscriber = null;
      this.told(null);
      if (this.stopped) return;
      this.timer = this.timers.set(() => this.registered(ua), this.wait);
      this.wait = Math.min(lastWait, this.wait * 2);
    });
    s.subscribe();
  }

  /** forget drops what belongs to a user agent that is gone. */
  forget(): void {
    this.clear();
    this.subscriber = null;
  }

  stop(connected: boolean): void {
    const s = this.subscriber;
    this.stopped = true;
    this.forget();
    if (connected) s?.terminate();
  }

  private clear(): void {
    if (this.timer) this.timers.clear(this.timer);
    this.timer = 0;
  }
}
