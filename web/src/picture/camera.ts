/** Camera opens what can be shown: the camera, or a screen or window that the person picks. */
export interface Camera {
  /** Rejects with the browser's DOMException. */
  open(what: "camera" | "screen"): Promise<MediaStreamTrack>;
}

// What a call needs, not what the camera could give.
const wanted = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };

/** canShareScreen is false on telephones, whose browsers have no way to. */
export const canShareScreen = (): boolean => typeof navigator.mediaDevices?.getDisplayMedia === "function";

/** BrowserCamera is the browser's. */
export class BrowserCamera implements Camera {
  async open(what: "camera" | "screen"): Promise<MediaStreamTrack> {
    const devices = navigator.mediaDevices;
    const stream = what === "camera" ? await devices.getUserMedia({ video: wanted }) : await devices.getDisplayMedia({ video: true });
    const track = stream.getVideoTracks()[0];
    if (!track) throw new DOMException("no picture", "NotFoundError");
    // Text on a screen wants to be sharp, a face wants to move.
    track.contentHint = what === "screen" ? "detail" : "motion";
    return track;
  }
}
