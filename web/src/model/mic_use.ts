import type { Mic } from "../audio/microphone";
import { t } from "../say";
import { micWords } from "../words";
import type { PhoneCall } from "./call";
import type { Notice } from "./parts";

/** MicUse opens the microphone for calls, and gives calls another one when it changes. */
export class MicUse {
  constructor(
    private readonly mic: Mic,
    private readonly calls: () => PhoneCall[],
    private readonly tell: (n: Notice) => void,
  ) {}

  /** open says in words why there is no microphone; false then. */
  async open(): Promise<boolean> {
    try {
      await this.mic.open();
      return true;
    } catch (e) {
      this.tell({ ...micWords((e as DOMException).name), kind: "error" });
      return false;
    }
  }

  /** closeUnused lets the device go when no call needs it. */
  closeUnused(): void {
    if (!this.calls().some((c) => c.live.value)) this.mic.close();
  }

  /** changed gives all calls the microphone that is there now, without a renegotiation. */
  async changed(why: "chosen" | "lost"): Promise<void> {
    for (const c of this.calls()) {
      if (!c.live.value || !c.track) continue;
      c.track.stop();
      c.track = this.mic.track();
      await c.leg?.replaceTrack(c.track).catch(() => {});
    }
    if (why === "chosen") return;
    const other = this.mic.track();
    other?.stop();
    if (other) this.tell({ title: t("The microphone went away"), detail: t("Another one has taken over."), kind: "info" });
    else this.tell({ title: t("The microphone went away"), detail: t("The other side cannot hear you. Plug one in and choose it under Settings."), kind: "error" });
  }
}
