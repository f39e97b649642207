import type { Camera } from "../picture/camera";
import { t } from "../say";
import { pictureWords } from "../words";
import type { PhoneCall } from "./call";
import type { Notice } from "./parts";

/** Pictures decides what a call shows: the camera, the screen, or nothing. */
export class Pictures {
  constructor(
    private readonly camera: Camera,
    private readonly tell: (n: Notice) => void,
  ) {}

  /** toggle shows the camera or the screen instead of what is shown, or nothing any more. */
  async toggle(call: PhoneCall, what: "camera" | "screen"): Promise<void> {
    if (!call.talking.value || !call.leg || call.changing.value || call.onHold.value) return;
    await this.change(call, () => (call.showing.value === what ? this.hide(call) : this.show(call, what)));
  }

  /** open gives a call that begins the camera's picture; without a camera it begins all the same. */
  async open(call: PhoneCall): Promise<void> {
    const track = await this.capture("camera");
    if (!track) return;
    call.shows("camera", track);
    this.watch(call, track);
  }

  /** answered looks, when a call that began with a picture is answered, whether the far side takes it. */
  answered(call: PhoneCall): void {
    if (!call.picture() || call.leg?.showing()) return;
    call.shows("nothing", null);
    this.tell({ title: t("A call without video"), detail: t("The other side takes no video."), kind: "info" });
  }

  /** change says that the picture is being changed, until the change that began first is over. */
  private async change(call: PhoneCall, how: () => Promise<void>): Promise<void> {
    const first = !call.changing.value;
    call.changing.value = true;
    await how();
    if (first) call.changing.value = false;
  }

  private async show(call: PhoneCall, what: "camera" | "screen"): Promise<void> {
    const track = await this.capture(what);
    if (!track) return;
    if (!call.talking.value || !call.leg) return track.stop();
    if (await call.leg.show(track)) {
      if (!call.live.value) return track.stop();
      call.shows(what, track);
      return this.watch(call, track);
    }
    track.stop();
    if (!call.live.value) return;
    call.shows("nothing", null);
    this.tell({ title: t("No picture"), detail: t("The other side takes no video now. The call goes on."), kind: "info" });
  }

  private async hide(call: PhoneCall): Promise<void> {
    // The picture stops at once, whatever becomes of the re-INVITE.
    call.shows("nothing", null);
    await call.leg?.show(null);
  }

  private async capture(what: "camera" | "screen"): Promise<MediaStreamTrack | null> {
    try {
      return await this.camera.open(what);
    } catch (e) {
      const words = pictureWords((e as DOMException).name, what);
      if (words) this.tell({ ...words, kind: "error" });
      return null;
    }
  }

  /** watch takes away what the browser or the system has ended: a screen share by its bar, a camera by its plug. */
  private watch(call: PhoneCall, track: MediaStreamTrack): void {
    track.addEventListener("ended", () => {
      if (call.picture() === track) void this.change(call, () => this.hide(call));
    });
  }
}
