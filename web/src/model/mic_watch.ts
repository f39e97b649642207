// A microphone that is switched off on the device gives perfect silence; a
// quiet room never does.
const floor = 1e-5;
const silentAfter = 10_000;

/** MicWatch notices a microphone that has given nothing at all for ten seconds. */
export class MicWatch {
  private since = 0;

  reset(): void {
    this.since = 0;
  }

  /** step takes the level now, -1 when it should not be watched, and says whether to warn. */
  step(now: number, level: number): boolean {
    if (level < 0 || level > floor) {
      this.since = 0;
      return false;
    }
    this.since ||= now;
    return now - this.since >= silentAfter;
  }
}
