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
  let context;
  const chunks = [];
  async function record(track) {
    if (!context) context = new AudioContext({ sampleRate: 48000 });
    context.resume();
    if (window.ear.keep) { // of the connection before: it would go on, silent, between ours
      const [, before, reader] = window.ear.keep;
      before.disconnect();
      reader.cancel();
    }
    const element = new Audio();
    const stream = new MediaStream([track]);
    element.srcObject = stream; // Chromium gives a remote stream to WebAudio only while an element plays it
    element.muted = true;
    element.play();
    const source = context.createMediaStreamSource(stream);
    const even = context.createMediaStreamDestination(); // the sound of a track has the rate of its codec
    source.connect(even);
    const reader = new MediaStreamTrackProcessor({ track: even.stream.getAudioTracks()[0], maxBufferSize: 3000 }).readable.getReader();
    window.ear.keep = [element, source, reader];
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const f = new Float32Array(value.numberOfFrames);
      value.copyTo(f, { planeIndex: 0, format: 'f32-planar' });
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
