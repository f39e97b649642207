import type { Account, CallEvents, EngineCall, EngineEvents, Ending, Party, PhoneEngine, Progress, Registration, Watched } from "../src/engine/engine";

/** FakeCall records what the phone asks of it and lets a test play the far side. */
export class FakeCall implements EngineCall {
  readonly asked: string[] = [];
  readonly ref = "ref";
  events: CallEvents | null = null;
  reoffer = true;
  carriesDigits = true;
  takesPictures = true;
  offersPicture = false;
  shown = false;
  report: Map<string, unknown> | null = null;

  constructor(
    readonly id: string,
    readonly direction: "out" | "in",
    readonly party: Party,
  ) {}

  listen(events: CallEvents): void {
    this.events = events;
  }

  answer(): void {
    this.asked.push("answer");
  }

  decline(status: number): void {
    this.asked.push(`decline ${status}`);
    this.end({ by: "us" });
  }

  hangup(): void {
    this.asked.push("hangup");
    this.end({ by: "us", local: "canceled" });
  }

  hold(): boolean {
    this.asked.push("hold");
    return this.reoffer;
  }

  resume(): boolean {
    this.asked.push("resume");
    return this.reoffer;
  }

  mute(muted: boolean): void {
    this.asked.push(muted ? "mute" : "unmute");
  }

  digit(tone: string): boolean {
    if (this.carriesDigits) this.asked.push(`digit ${tone}`);
    return this.carriesDigits;
  }

  async replaceTrack(): Promise<void> {
    this.asked.push("replace");
  }

  async show(picture: MediaStreamTrack | null): Promise<boolean> {
    this.asked.push(picture ? "show" : "hide");
    this.shown = this.takesPictures && !!picture;
    return this.takesPictures;
  }

  showing(): boolean {
    return this.shown;
  }

  transferable = true;
  told: (p: Progress) => void = () => {};

  transfer(to: string | EngineCall, told: (p: Progress) => void): boolean {
    this.asked.push(`transfer ${typeof to === "string" ? to : `in the place of ${to.id}`}`);
    this.told = told;
    return this.transferable;
  }

  async stats(): Promise<RTCStatsReport | null> {
    return this.report as unknown as RTCStatsReport | null;
  }

  deaf = false;

  doubt(deaf: boolean): void {
    this.deaf = deaf;
  }

  end(e: Partial<Ending> & Pick<Ending, "by">): void {
    this.events?.ended({ status: 0, q850: 0, reason: "", warning: "", ...e });
  }
}

/** FakeEngine is a registrar and a network in one, driven by hand. */
export class FakeEngine implements PhoneEngine {
  readonly calls: FakeCall[] = [];
  readonly asked: string[] = [];
  events: EngineEvents | null = null;

  start(account: Account, events: EngineEvents): void {
    this.asked.push(`start ${account.user}`);
    this.events = events;
  }

  stop(): void {
    this.asked.push("stop");
  }

  renew(password: string): void {
    this.asked.push(`renew ${password}`);
  }

  retry(): void {
    this.asked.push("retry");
  }

  probe(): void {
    this.asked.push("probe");
  }

  /** What messages are answered with. */
  answer = 200;

  async text(to: string, text: string): Promise<number> {
    this.asked.push(`text ${to} ${text}`);
    return this.answer;
  }

  readonly watched = new Map<string, (document: string | null) => void>();

  watch(user: string, what: Watched, told: (document: string | null) => void): () => void {
    this.watched.set(`${what} ${user}`, told);
    return () => void this.watched.delete(`${what} ${user}`);
  }

  call(number: string, _: MediaStreamTrack | null, picture: MediaStreamTrack | null): FakeCall {
    const c = new FakeCall(`out-${this.calls.length}`, "out", { number, name: "" });
    if (picture) c.asked.push("picture");
    this.calls.push(c);
    return c;
  }

  report(r: Registration): void {
    this.events?.registration(r);
  }

  ring(number: string, name = ""): FakeCall {
    const c = new FakeCall(`in-${this.calls.length}`, "in", { number, name });
    this.calls.push(c);
    this.events?.incoming(c);
    return c;
  }
}
