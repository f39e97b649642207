/** FakeTrack is a picture that remembers whether it was closed. */
export class FakeTrack extends EventTarget {
  kind = "video";
  readyState = "live";

  constructor(readonly of: string) {
    super();
  }

  stop(): void {
    this.readyState = "ended";
  }

  /** end is what the browser does when a person ends the sharing. */
  end(): void {
    this.stop();
    this.dispatchEvent(new Event("ended"));
  }
}

/** FakeStream stands for MediaStream, which node does not have. */
class FakeStream {
  constructor(private readonly tracks: FakeTrack[]) {}

  getTracks(): FakeTrack[] {
    return this.tracks;
  }

  getVideoTracks(): FakeTrack[] {
    return this.tracks;
  }
}

/** FakeCamera opens pictures, or fails with a name of a DOMException. */
export class FakeCamera {
  readonly opened: FakeTrack[] = [];

  constructor(public error = "") {
    (globalThis as { MediaStream?: unknown }).MediaStream ??= FakeStream;
  }

  track(of: string): MediaStreamTrack {
    const t = new FakeTrack(of);
    this.opened.push(t);
    return t as unknown as MediaStreamTrack;
  }
}
