import { signal } from "@preact/signals";
import { audioContext } from "./context";

/** Microphone hands out tracks for calls and says how loud it is. */
export interface Mic {
  /** Opens the microphone where it is not open; rejects with the browser's DOMException. */
  open(): Promise<void>;
  /** A track of its own for one call, since mute and hold act on the track. */
  track(): MediaStreamTrack | null;
  /** Loudness now, 0..1 of full scale (RMS); -1 while closed. */
  level(): number;
  /** The system or a switch on the device has silenced it. */
  silenced(): boolean;
  close(): void;
  /** Called when another device took over or the device went away. */
  onChange(f: (why: "chosen" | "lost") => void): void;
}

const wanted = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
const stored = "tandem.microphone";

/** Microphone is the browser's: one capture shared by all calls. */
export class Microphone implements Mic {
  readonly device = signal(localStorage.getItem(stored) ?? "");
  readonly isOpen = signal(false);
  private stream: MediaStream | null = null;
  private opening: Promise<void> | null = null;
  private analyser: AnalyserNode | null = null;
  private source: MediaStreamAudioSourceNode | null = null;
  private buffer = new Float32Array(1024);
  private listener: (why: "chosen" | "lost") => void = () => {};

  onChange(f: (why: "chosen" | "lost") => void): void {
    this.listener = f;
  }

  open(): Promise<void> {
    if (this.stream) return Promise.resolve();
    this.opening ??= this.capture().finally(() => (this.opening = null));
    return this.opening;
  }

  track(): MediaStreamTrack | null {
    return this.stream?.getAudioTracks()[0]?.clone() ?? null;
  }

  level(): number {
    // A context that may not run yet, or has no device, hears nothing at all.
    if (this.analyser?.context.state !== "running") return -1;
    this.analyser.getFloatTimeDomainData(this.buffer);
    let sum = 0;
    for (const x of this.buffer) sum += x * x;
    return Math.sqrt(sum / this.buffer.length);
  }

  silenced(): boolean {
    return this.stream?.getAudioTracks()[0]?.muted ?? false;
  }

  close(): void {
    this.stream?.getTracks().forEach((t) => t.stop());
    this.source?.disconnect();
    this.stream = this.source = this.analyser = null;
    this.isOpen.value = false;
  }

  /** choose changes the device, during calls too. */
  async choose(id: string): Promise<void> {
    this.device.value = id;
    localStorage.setItem(stored, id);
    if (!this.stream) return;
    this.close();
    await this.open();
    this.listener("chosen");
  }

  private async capture(): Promise<void> {
    const stream = await this.request();
    const track = stream.getAudioTracks()[0];
    track?.addEventListener("ended", () => this.stream === stream && void this.lost());
    this.stream = stream;
    this.isOpen.value = true;
    this.meter(stream);
  }

  private meter(stream: MediaStream): void {
    const ctx = audioContext();
    if (!ctx) return;
    try {
      this.source = ctx.createMediaStreamSource(stream);
    } catch {
      // Firefox refuses a device whose rate is not the context's; a call needs no meter.
      return;
    }
    this.analyser = ctx.createAnalyser();
    this.analyser.fftSize = 1024;
    this.source.connect(this.analyser);
  }

  private async request(): Promise<MediaStream> {
    const id = this.device.value;
    try {
      return await ask(id);
    } catch (e) {
      // The remembered device may have been unplugged since.
      const name = (e as DOMException).name;
      if (!id || (name !== "OverconstrainedError" && name !== "NotFoundError")) throw e;
      return ask("");
    }
  }

  /** lost falls back to the default device when the one in use is unplugged. */
  private async lost(): Promise<void> {
    this.close();
    try {
      await this.open();
    } catch {
      // Calls go on without a microphone; the listener says so.
    }
    this.listener("lost");
  }
}

function ask(id: string): Promise<MediaStream> {
  if (!navigator.mediaDevices) return Promise.reject(new DOMException("no media devices", "NotFoundError"));
  return navigator.mediaDevices.getUserMedia({ audio: { ...wanted, deviceId: id ? { exact: id } : undefined } });
}
