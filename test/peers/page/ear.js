// Ears for a page that is not ours: it notes each RTCPeerConnection that the page
// makes, and records what the newest one hears. It is put into the page before
// the page's own scripts. MediaStreamTrackProcessor, since a strict page allows no
// worklet from elsewhere, and a page that is busy loses what a ScriptProcessorNode
// would have heard meanwhile.
(() => {
  const connections = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args);
      connections.push(this);
      this.addEventListener('track', (e) => e.track.kind === 'audio' && record(e.track));
    }
  };
  const chunks = [];
  async function record(track) {
    if (window.ear.keep) window.ear.keep[1].cancel(); // the connection before: it would go on, silent, between ours
    const element = new Audio();
    element.srcObject = new MediaStream([track]); // Chromium decodes a remote stream only while an element plays it
    element.muted = true;
    element.play();
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 3000 }).readable.getReader(); // 30 s
    window.ear.keep = [element, reader];
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const f = new Float32Array(value.numberOfFrames);
      value.copyTo(f, { planeIndex: 0, format: 'f32-planar' });
      if (value.sampleRate !== 48000) throw new Error(`sound at ${value.sampleRate} Hz`);
      value.close();
      chunks.push(Int16Array.from(f, (v) => Math.max(-32768, Math.min(32767, v * 32768))));
    }
  }
  window.ear = {
    recorded: () => chunks.reduce((n, c) => n + c.length, 0),
    heard(from) {
      let text = '', at = 0;
      for (const c of chunks) {
        const part = c.subarray(Math.max(0, from - at));
        text += String.fromCharCode(...new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
        at += c.length;
      }
      return btoa(text);
    },
    async inbound() {
      const out = { state: '', packets: 0, energy: 0, ssrc: 0 };
      const pc = connections[connections.length - 1];
      if (!pc) return out;
      out.state = pc.connectionState;
      (await pc.getStats()).forEach((r) => {
        if (r.type === 'inbound-rtp') Object.assign(out, { packets: r.packetsReceived, energy: r.totalAudioEnergy || 0, ssrc: r.ssrc });
      });
      return out;
    },
  };
})();
