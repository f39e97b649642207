import { audioContext, ringContext } from "./context";

// Call progress tones after ITU-T E.180 supplement 2, United Kingdom; made by
// oscillators, so that no sound file is needed.

export type ToneName = "ring" | "waiting" | "ringback" | "busy" | "congestion";

interface Cadence {
  frequencies: number[];
  /** seconds on and off in turn; the last one is off */
  steps: number[];
  gain: number;
  /** seconds until it ends by itself */
  limit?: number;
}

const cadences: Record<ToneName, Cadence> = {
  ring: { frequencies: [523.25, 659.25, 783.99], steps: [0.35, 0.15, 0.35, 2.15], gain: 0.09 },
  waiting: { frequencies: [425], steps: [0.2, 0.2, 0.2, 4.4], gain: 0.05 },
  ringback: { frequencies: [400, 450], steps: [0.4, 0.2, 0.4, 2], gain: 0.07 },
  busy: { frequencies: [400], steps: [0.375, 0.375], gain: 0.07, limit: 3 },
  congestion: { frequencies: [400], steps: [0.4, 0.35, 0.225, 0.525], gain: 0.07, limit: 3 },
};

const dtmf: Record<string, [number, number]> = {
  "1": [697, 1209], "2": [697, 1336], "3": [697, 1477], A: [697, 1633],
  "4": [770, 1209], "5": [770, 1336], "6": [770, 1477], B: [770, 1633],
  "7": [852, 1209], "8": [852, 1336], "9": [852, 1477], C: [852, 1633],
  "*": [941, 1209], "0": [941, 1336], "#": [941, 1477], D: [941, 1633],
};

// Gain ramps this long keep a tone from clicking.
const edge = 0.008;

/** TonePlayer is what the phone needs of Tones. */
export interface TonePlayer {
  play(name: ToneName): void;
  stop(): void;
  key(digit: string): void;
}

/** Tones plays one cadence at a time, and short key tones over it. */
export class Tones implements TonePlayer {
  private playing: { name: ToneName; stop(): void } | null = null;

  play(name: ToneName): void {
    if (this.playing?.name === name) return;
    this.stop();
    const ctx = name === "ring" ? ringContext() : audioContext();
    if (!ctx) return;
    const c = cadences[name];
    const gain = ctx.createGain();
    gain.gain.value = 0;
    gain.connect(ctx.destination);
    const oscillators = c.frequencies.map((f) => oscillate(ctx, f, gain));
    const period = c.steps.reduce((a, b) => a + b, 0);
    const cycle = () => scheduleCycle(gain.gain, ctx.currentTime, c);
    cycle();
    const repeat = setInterval(cycle, period * 1000);
    const end = c.limit ? setTimeout(() => this.stop(), c.limit * 1000) : undefined;
    this.playing = {
      name,
      stop() {
        clearInterval(repeat);
        clearTimeout(end);
        gain.gain.cancelScheduledValues(ctx.currentTime);
        gain.gain.setTargetAtTime(0, ctx.currentTime, edge);
        for (const o of oscillators) o.stop(ctx.currentTime + 0.1);
      },
    };
  }

  stop(): void {
    this.playing?.stop();
    this.playing = null;
  }

  key(digit: string): void {
    const pair = dtmf[digit];
    const ctx = audioContext();
    if (!pair || !ctx) return;
    const gain = ctx.createGain();
    gain.gain.value = 0;
    gain.connect(ctx.destination);
    scheduleCycle(gain.gain, ctx.currentTime, { frequencies: [], steps: [0.09, 0.01], gain: 0.04 });
    for (const f of pair) oscillate(ctx, f, gain).stop(ctx.currentTime + 0.15);
  }
}

function oscillate(ctx: AudioContext, frequency: number, to: AudioNode): OscillatorNode {
  const o = ctx.createOscillator();
  o.frequency.value = frequency;
  o.connect(to);
  o.start();
  return o;
}

function scheduleCycle(gain: AudioParam, start: number, c: Cadence): void {
  let at = start;
  c.steps.forEach((length, i) => {
    gain.setTargetAtTime(i % 2 === 0 ? c.gain : 0, at, edge);
    at += length;
  });
}
