import type { Timers } from "../src/engine/timers";
import type { Session, Settings, SipRequest, Subscriber, UserAgent } from "../src/engine/ua";

type Listener = (e: any) => void;

class Emitter {
  private listeners = new Map<string, Listener[]>();

  on(type: string, l: Listener): this {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), l]);
    return this;
  }

  emit(type: string, e: unknown = {}): void {
    for (const l of this.listeners.get(type) ?? []) l(e);
  }

  removeAllListeners(): void {
    this.listeners.clear();
  }
}

/** FakeTimers is a clock that a test winds. */
export class FakeTimers implements Timers {
  private time = 0;
  private serial = 0;
  private waiting = new Map<number, { at: number; f: () => void }>();

  set(f: () => void, ms: number): number {
    this.waiting.set(++this.serial, { at: this.time + ms, f });
    return this.serial;
  }

  clear(id: number): void {
    this.waiting.delete(id);
  }

  now(): number {
    return this.time;
  }

  advance(ms: number): void {
    const until = this.time + ms;
    for (;;) {
      const due = [...this.waiting].filter(([, t]) => t.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.waiting.delete(due[0]);
      this.time = due[1].at;
      due[1].f();
    }
    this.time = until;
  }
}

export class FakeUA extends Emitter implements UserAgent {
  readonly asked: string[] = [];
  up = false;
  session: FakeSession | null = null;
  transport = {
    connect: () => void this.asked.push("connect"),
    disconnect: () => {
      this.asked.push("disconnect");
      this.drop();
    },
    isConnected: () => this.up,
  };

  constructor(readonly settings: Settings) {
    super();
  }

  start(): void {
    this.asked.push("start");
  }

  stop(): void {
    this.asked.push("stop");
  }

  register(): void {
    this.asked.push("register");
  }

  set(key: string, value: string): boolean {
    this.asked.push(`set ${key} ${value}`);
    return true;
  }

  options: object = {};

  call(target: string, options: object = {}): Session {
    this.options = options;
    this.asked.push(`call ${target}`);
    this.session = new FakeSession("outgoing");
    return this.session;
  }

  sendMessage(target: string, body: string, options: any): unknown {
    this.asked.push(`message ${target} ${body}`);
    this.sent = options.eventHandlers;
    return {};
  }

  sendOptions(_: string, __: null, options: any): unknown {
    this.asked.push("options");
    this.probed = options.eventHandlers;
    return {};
  }

  probed: Record<string, (e: unknown) => void> = {};
  sent: Record<string, (e: unknown) => void> = {};
  readonly subscribers: FakeSubscriber[] = [];

  subscribe(target: string, event: string): Subscriber {
    const s = new FakeSubscriber(`${event} ${target}`);
    this.subscribers.push(s);
    return s;
  }

  open(): void {
    this.up = true;
    this.emit("connected");
  }

  drop(): void {
    this.up = false;
    this.emit("disconnected", { error: true });
  }
}

/** FakeSubscriber counts what was sent and lets a test notify. */
export class FakeSubscriber implements Subscriber {
  readonly asked: string[] = [];
  private listeners = new Map<string, (...args: any[]) => void>();

  constructor(readonly of: string) {}

  subscribe(): void {
    this.asked.push("subscribe");
  }

  terminate(): void {
    this.asked.push("terminate");
  }

  on(type: string, l: (...args: any[]) => void): void {
    this.listeners.set(type, l);
  }

  notify(body: string, type: string): void {
    this.listeners.get("notify")?.(false, {}, body, type);
  }

  end(): void {
    this.listeners.get("terminated")?.(2);
  }
}

export class FakePeer extends EventTarget {
  iceConnectionState = "new";
  iceGatheringState = "new";
  signalingState = "stable";
  sent: string[] = [];
  track: any = { kind: "audio", enabled: true };
  way = new EventTarget();
  sender: any = {
    track: this.track,
    transport: { iceTransport: this.way },
    dtmf: { canInsertDTMF: true },
    replaceTrack: async (t: unknown) => {
      this.sender.track = t;
    },
  };

  getSenders(): any[] {
    return [this.sender];
  }

  getTransceivers(): any[] {
    return [{ receiver: { track: { kind: "audio" } }, sender: this.sender }];
  }

  async getStats(): Promise<Map<string, unknown>> {
    return new Map();
  }

  ice(state: string): void {
    this.iceConnectionState = state;
    this.dispatchEvent(new Event("iceconnectionstatechange"));
  }

  gathering(state: string): void {
    this.iceGatheringState = state;
    this.dispatchEvent(new Event("icegatheringstatechange"));
  }
}

let serial = 0;

export class FakeSession extends Emitter implements Session {
  readonly id = `s${++serial}`;
  readonly asked: string[] = [];
  readonly peer = new FakePeer();
  established = false;
  ready = true;
  over = false;
  receiveRequest(_: SipRequest): void {}
  remote_identity = { display_name: "Ben", uri: { user: "1002", host: "example.test" } };

  constructor(readonly direction: string) {
    super();
  }

  get connection(): RTCPeerConnection {
    return this.peer as unknown as RTCPeerConnection;
  }

  isEnded(): boolean {
    return this.over;
  }

  isEstablished(): boolean {
    return this.established;
  }

  isReadyToReOffer(): boolean {
    return this.ready;
  }

  answer(): void {
    this.asked.push("answer");
  }

  terminate(o?: { status_code?: number }): void {
    this.asked.push(`terminate ${o?.status_code ?? ""}`.trim());
  }

  hold(): boolean {
    this.asked.push("hold");
    return true;
  }

  unhold(): boolean {
    this.asked.push("unhold");
    return true;
  }

  renegotiate(o: any): boolean {
    this.asked.push(`renegotiate ${JSON.stringify(o.rtcOfferConstraints)}`);
    return true;
  }

  referred: any = null;

  refer(target: string, o: any): void {
    this.asked.push(`refer ${target}${o.replaces ? ` replacing ${o.replaces.id}` : ""}`);
    this.referred = o.eventHandlers;
  }

  mute(): void {
    this.asked.push("mute");
  }

  unmute(): void {
    this.asked.push("unmute");
  }

  sendDTMF(tone: string, o: any): void {
    this.asked.push(`dtmf ${tone} ${o.transportType}`);
  }
}
