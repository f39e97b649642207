import { signal } from "@preact/signals";
import { setContextSink } from "./context";

/** SpeakerPort plays the other side. */
export interface SpeakerPort {
  play(stream: MediaStream | null): void;
  /** Tries again after the browser refused to play without a click. */
  unlock(): void;
  onBlocked(f: (blocked: boolean) => void): void;
}

const stored = "tandem.speaker";

type Sinkable = HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> };

/** Speaker is the one audio element that all remote sound goes through. */
export class Speaker implements SpeakerPort {
  readonly device = signal(localStorage.getItem(stored) ?? "");
  /** Whether the browser lets a page choose the output. */
  readonly choosable: boolean;
  private listener: (blocked: boolean) => void = () => {};

  constructor(private readonly element: Sinkable) {
    this.choosable = typeof element.setSinkId === "function";
    element.autoplay = true;
    if (this.device.value) void this.choose(this.device.value);
  }

  onBlocked(f: (blocked: boolean) => void): void {
    this.listener = f;
  }

  play(stream: MediaStream | null): void {
    if (this.element.srcObject !== stream) this.element.srcObject = stream;
    if (stream) this.start();
    else this.listener(false);
  }

  unlock(): void {
    if (this.element.srcObject) this.start();
  }

  /** choose changes the output device; one that is gone falls back to the default. */
  async choose(id: string): Promise<void> {
    try {
      await this.element.setSinkId?.(id);
      this.device.value = id;
    } catch {
      await this.element.setSinkId?.("").catch(() => {});
      this.device.value = "";
    }
    localStorage.setItem(stored, this.device.value);
    setContextSink(this.device.value);
  }

  private start(): void {
    this.element.play().then(
      () => this.listener(false),
      (e: DOMException) => e.name === "NotAllowedError" && this.listener(true),
    );
  }
}
