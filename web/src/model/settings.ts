import type { Signal } from "@preact/signals";
import { kept } from "../stored";

/** Settings are a person's wishes, kept in this browser. */
export class Settings {
  /** Calls hear busy at once. */
  readonly undisturbed: Signal<boolean> = kept("tandem.undisturbed", false);
  /** Calls are answered by themselves after a moment; for hands that are not free. */
  readonly autoAnswer: Signal<boolean> = kept("tandem.auto-answer", false);
}
