/**
 * Backoff gives the waits between attempts, in milliseconds: 0.5, 1, 2, 4, 8,
 * then 10 s, each shortened by up to a quarter so that a thousand phones do not
 * come back in one instant.
 */
export class Backoff {
  private attempt = 0;

  constructor(
    private readonly first = 500,
    private readonly last = 10_000,
    private readonly random: () => number = Math.random,
  ) {}

  next(): number {
    const full = Math.min(this.last, this.first * 2 ** this.attempt);
    this.attempt = Math.min(this.attempt + 1, 16);
    return Math.round(full * (1 - this.random() / 4));
  }

  reset(): void {
    this.attempt = 0;
  }
}
