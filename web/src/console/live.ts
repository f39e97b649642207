import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { base } from "./api";

// What happens, as the gateway tells it by server-sent events. The browser connects
// again by itself and says which event it had last; the gateway then goes on from
// there, or begins with a snapshot.

export type Link = "off" | "connecting" | "live" | "lost";

/** link is how the stream of the screen that is shown stands. */
export const link = signal<Link>("off");

/** Frame is one event: its topic, and what is in it. */
export interface Frame {
  topic: string;
  data: unknown;
}

const slowest = 15_000;

/** Stream is one stream of events, until it is closed. */
export class Stream {
  private source: EventSource | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wait = 1000;
  private last = "";
  private closed = false;

  constructor(
    private readonly topics: string[],
    private readonly onFrame: (f: Frame) => void,
    private readonly onLink: (l: Link) => void,
    private readonly make: (url: string) => EventSource = (url) => new EventSource(url),
  ) {
    this.open();
  }

  private open() {
    this.onLink(this.last ? "lost" : "connecting");
    const resume = this.last ? `&lastEventId=${encodeURIComponent(this.last)}` : "";
    const s = this.make(`${base}events?topics=${this.topics.map(encodeURIComponent).join(",")}${resume}`);
    this.source = s;
    s.onopen = () => {
      this.wait = 1000;
      this.onLink("live");
    };
    for (const topic of ["snapshot", ...this.topics]) s.addEventListener(topic, (e) => this.take(topic, e as MessageEvent<string>));
    s.onmessage = (e) => this.take("message", e);
    s.onerror = () => this.failed(s);
  }

  private take(topic: string, e: MessageEvent<string>) {
    if (e.lastEventId) this.last = e.lastEventId;
    let data: unknown;
    try {
      data = JSON.parse(e.data);
    } catch {
      return; // a comment or a frame of another version
    }
    this.onFrame({ topic, data });
  }

  // The browser tries again after a broken connection, but not after a refusal.
  private failed(s: EventSource) {
    if (this.closed) return;
    this.onLink("lost");
    if (s.readyState !== 2) return;
    s.close();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => !this.closed && this.open(), this.wait);
    this.wait = Math.min(slowest, this.wait * 2);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.source?.close();
    this.onLink("off");
  }
}

/** useLive follows topics for as long as a screen is shown. */
export function useLive(topics: string[], onFrame: (f: Frame) => void) {
  useEffect(() => {
    if (!topics.length) return;
    const s = new Stream(topics, onFrame, (l) => (link.value = l));
    return () => s.close();
  }, [topics.join()]);
}
