import { Backoff } from "./backoff";
import type { Account, EngineCall, EngineEvents, PhoneEngine, Registration, Watched } from "./engine";
import { SipCall, callOptions } from "./sip_call";
import { sendText, takeText } from "./texts";
import { realTimers, type Timers } from "./timers";
import { Watch } from "./watch";
import type { MakeUserAgent, Session, UserAgent } from "./ua";

// After a refusal other than of the password the registration is tried again.
const retryRefused = new Set([408, 480, 500, 502, 503, 504]);

// A live connection answers OPTIONS at once; one that does not in this time is
// dead, whatever the browser believes of it.
const probeLimit = 3_000;

/**
 * SipEngine is a PhoneEngine on a JsSIP user agent. It owns the reconnecting:
 * a WebSocket that closes is opened again after 0.5 to 10 s, at once when the
 * network comes back; JsSIP registers by itself each time it opens.
 */
export class SipEngine implements PhoneEngine {
  private ua: UserAgent | null = null;
  private account: Account | null = null;
  private events: EngineEvents | null = null;
  private timer = 0;
  private everConnected = false;
  private registered = false;
  private refused = false;
  private readonly backoff: Backoff;
  private readonly calls = new Set<SipCall>();
  private readonly watches = new Set<Watch>();
  private probing = 0;
  /** Who waits for a sign of life, and which connection it asked. */
  private waiting: Array<{ then: (anew: boolean) => void; socket: number }> = [];
  private sockets = 0;

  constructor(
    private readonly make: MakeUserAgent,
    private readonly timers: Timers = realTimers,
    random: () => number = Math.random,
  ) {
    this.backoff = new Backoff(500, 10_000, random);
  }

  start(account: Account, events: EngineEvents): void {
    this.stop();
    this.account = account;
    this.events = events;
    this.everConnected = this.registered = false;
    const ua = this.make({
      ws: account.ws,
      uri: sipURI(account.user, account.domain),
      user: account.user,
      password: account.password,
      displayName: account.displayName,
      instance: account.instance,
    });
    this.ua = ua;
    this.wire(ua);
    this.report({ state: "offline", retryAt: 0, everConnected: false });
    ua.start();
  }

  stop(): void {
    const ua = this.ua;
    if (!ua) return;
    this.ua = null;
    this.clearTimer();
    this.proved();
    for (const w of this.watches) w.forget();
    for (const c of this.calls) c.hangup();
    this.calls.clear();
    this.waiting = [];
    ua.removeAllListeners();
    ua.stop();
    this.report({ state: "stopped" });
  }

  renew(password: string, relays?: RTCIceServer[]): void {
    this.ua?.set("password", password);
    if (this.account) this.account = { ...this.account, relays };
    if (this.refused) this.retry();
  }

  retry(): void {
    const ua = this.ua;
    if (!ua) return;
    this.clearTimer();
    this.backoff.reset();
    if (ua.transport.isConnected()) {
      if (this.refused) this.register(ua);
      return;
    }
    this.connect(ua);
  }

  /**
   * probe asks the gateway for a sign of life (RFC 3261 §11). Browsers keep a WebSocket "open" for minutes after the
   * address under it is gone; without an answer in 3 s it is given up for a new one, over which JsSIP registers. JsSIP
   * says nothing of a registration that is only refreshed. Whoever asked is told once the gateway has answered.
   */
  probe(then?: (anew: boolean) => void): void {
    const { ua, account } = this;
    if (!ua || !account) return;
    if (then) this.waiting.push({ then, socket: this.sockets });
    if (this.probing) return;
    if (!ua.transport.isConnected()) return this.retry();
    this.probing = this.timers.set(() => {
      this.probing = 0;
      if (this.ua !== ua || !ua.transport.isConnected()) return;
      ua.transport.disconnect();
      this.retry();
    }, probeLimit);
    const socket = this.sockets;
    const answered = () => this.ua === ua && this.sockets === socket && this.alive();
    const failed = (e: { response?: unknown }) => e.response && answered();
    ua.sendOptions(sipURI(account.user, account.domain), null, { eventHandlers: { succeeded: answered, failed } });
  }

  text(to: string, text: string): Promise<number> {
    if (!this.ua?.transport.isConnected() || !this.account) return Promise.resolve(0);
    return sendText(this.ua, sipURI(to, this.account.domain), text);
  }

  watch(user: string, what: Watched, told: (document: string | null) => void): () => void {
    const w = new Watch(sipURI(user, this.account?.domain ?? ""), what, told, this.timers);
    this.watches.add(w);
    if (this.ua && this.registered) w.registered(this.ua);
    return () => {
      this.watches.delete(w);
      w.stop(this.ua?.transport.isConnected() ?? false);
    };
  }

  call(number: string, track: MediaStreamTrack | null, picture: MediaStreamTrack | null): EngineCall {
    if (!this.ua || !this.account) throw new Error("the phone is not started");
    const session = this.ua.call(sipURI(number, this.account.domain), callOptions({ track, picture, relays: this.account.relays }));
    return this.adopt(session, { number, name: "" });
  }

  private wire(ua: UserAgent): void {
    ua.on("connected", () => {
      this.sockets++;
      this.everConnected = true;
      this.clearTimer();
      this.backoff.reset();
      this.refused = false;
      this.report({ state: "registering" });
    });
    ua.on("disconnected", () => this.lost(ua));
    ua.on("registered", () => {
      this.refused = false;
      this.clearTimer();
      this.backoff.reset();
      this.report({ state: "registered" });
      this.alive();
      // A refresh of the registration is no reason to ask all again.
      if (this.registered) return;
      this.registered = true;
      for (const w of this.watches) w.registered(ua);
    });
    ua.on("registrationFailed", (e) => this.refuse(ua, e));
    ua.on("newMessage", (e) => takeText(e, (t) => this.events?.text(t) ?? false, decode));
    ua.on("newRTCSession", (e) => {
      if (e.originator !== "remote") return;
      const s = e.session as Session;
      const id = s.remote_identity;
      const party = { number: decode(id.uri.user) || id.uri.host, name: id.display_name || "" };
      this.events?.incoming(this.adopt(s, party, offersPicture(e.request?.body)));
    });
  }

  private adopt(session: Session, party: { number: string; name: string }, picture = false): SipCall {
    const relays = () => this.account?.relays ?? [];
    const address = (to: string) => sipURI(to, this.account?.domain ?? "");
    const connected = () => this.ua?.transport.isConnected() ?? false;
    const call = new SipCall(session, party, this.timers, connected, relays, picture, address, (then) => this.probe(then));
    this.calls.add(call);
    call.onGone(() => this.calls.delete(call));
    return call;
  }

  private lost(ua: UserAgent): void {
    this.registered = false;
    if (this.ua !== ua) return;
    this.clearTimer();
    this.proved();
    const wait = this.backoff.next();
    this.report({ state: "offline", retryAt: this.timers.now() + wait, everConnected: this.everConnected });
    this.timer = this.timers.set(() => this.connect(ua), wait);
  }

  private refuse(ua: UserAgent, e: { response: { status_code?: number; reason_phrase?: string } | null; cause: string }): void {
    // A REGISTER that died with its socket is the socket's story.
    if (this.ua !== ua || !ua.transport.isConnected()) return;
    const status = e.response?.status_code ?? 0;
    this.refused = true;
    this.registered = false;
    this.clearTimer();
    this.proved();
    let retryAt = 0;
    if (status === 0 || retryRefused.has(status)) {
      const wait = Math.max(2_000, this.backoff.next());
      retryAt = this.timers.now() + wait;
      this.timer = this.timers.set(() => this.register(ua), wait);
    }
    this.report({ state: "refused", status, reason: e.response?.reason_phrase || e.cause, retryAt });
  }

  private register(ua: UserAgent): void {
    if (this.ua !== ua) return;
    this.report({ state: "registering" });
    ua.register();
  }

  private connect(ua: UserAgent): void {
    if (this.ua !== ua || ua.transport.isConnected()) return;
    this.report({ state: "offline", retryAt: 0, everConnected: this.everConnected });
    ua.transport.connect();
  }

  /** alive is called when the gateway has answered. */
  private alive(): void {
    this.proved();
    const waiting = this.waiting;
    this.waiting = [];
    for (const w of waiting) w.then(w.socket !== this.sockets);
  }

  private proved(): void {
    if (this.probing) this.timers.clear(this.probing);
    this.probing = 0;
  }

  private clearTimer(): void {
    if (this.timer) this.timers.clear(this.timer);
    this.timer = 0;
  }

  private report(r: Registration): void {
    this.events?.registration(r);
  }
}

/** sipURI writes an address of record; what RFC 3261 §25.1 does not allow in a user part is escaped. */
export function sipURI(user: string, domain: string): string {
  const at = user.lastIndexOf("@");
  if (at > 0) return `sip:${escapeUser(user.slice(0, at))}@${user.slice(at + 1)}`;
  return `sip:${escapeUser(user)}@${domain}`;
}

/** offersPicture says whether a description has a video line that is in use and sends. */
export function offersPicture(description: string | undefined): boolean {
  return (description ?? "").split(/^(?=m=)/m).some((part) => /^m=video [1-9]/.test(part) && !/^a=(inactive|recvonly)/m.test(part));
}

function escapeUser(user: string): string {
  return encodeURIComponent(user).replace(/%(2B|26|3D|24|2C|3B|3F|2F)/gi, (m) => decodeURIComponent(m));
}

function decode(user: string): string {
  try {
    return decodeURIComponent(user ?? "");
  } catch {
    return user;
  }
}
