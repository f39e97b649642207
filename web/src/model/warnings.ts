import type { Quality } from "../quality";

/** WarningName is what can be wrong with the sound of a call. */
export type WarningName = "rtt" | "jitter" | "loss" | "mos" | "microphone";

interface Rule {
  name: Exclude<WarningName, "microphone">;
  value(q: Quality): number;
  /** Worse than this is bad; for mos, lower. */
  bad(x: number): boolean;
}

// Thresholds that users of browser telephones know from elsewhere: a value that is
// bad in three of the last five seconds, and loss by its mean of seven.
const counted: Rule[] = [
  { name: "rtt", value: (q) => q.rtt, bad: (x) => x > 0.4 },
  { name: "jitter", value: (q) => q.jitter, bad: (x) => x > 0.03 },
  { name: "mos", value: (q) => q.mos, bad: (x) => x < 3.5 },
];
const span = 5;
const raiseAt = 3;
const clearAt = 1;
const lossSpan = 7;
const lossRaise = 0.03;
const lossClear = 0.01;
// A voice, and any room, changes its level all the time; a dead microphone and
// one that plays a constant hum do not.
const levelSpan = 10;
const levelChange = 1e-4;

/** Warnings raises and clears what is wrong with a call's sound, one reading a second. */
export class Warnings {
  private readings: Quality[] = [];
  private levels: number[] = [];
  private raised = new Set<WarningName>();

  clear(): void {
    this.readings = [];
    this.levels = [];
    this.raised.clear();
  }

  /** push takes a reading and the microphone's level, -1 where it is not to be watched, and gives what is wrong now. */
  push(q: Quality, level: number): readonly WarningName[] {
    if (q.mos > 0) this.readings = [...this.readings, q].slice(-lossSpan);
    for (const r of counted) {
      const bad = this.readings.slice(-span).filter((x) => r.bad(r.value(x))).length;
      this.turn(r.name, bad >= raiseAt, bad <= clearAt);
    }
    const mean = this.readings.reduce((sum, x) => sum + x.loss, 0) / (this.readings.length || 1);
    this.turn("loss", this.readings.length >= raiseAt && mean > lossRaise, mean <= lossClear);
    this.levels = level < 0 ? [] : [...this.levels, level].slice(-levelSpan);
    const still = this.levels.length === levelSpan && Math.max(...this.levels) - Math.min(...this.levels) < levelChange;
    this.turn("microphone", still, !still);
    return [...this.raised];
  }

  private turn(name: WarningName, on: boolean, off: boolean): void {
    if (on) this.raised.add(name);
    else if (off) this.raised.delete(name);
  }
}
