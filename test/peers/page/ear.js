// Ears for a page that is not ours: it notes each RTCPeerConnection that the page
// makes, and records what the newest one hears. It is put into the page before
// the page's own scripts. ScriptProcessorNode, since a strict page allows no
// worklet from elsewhere.
(() => {
  const connections = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args);
      connections.push(this);
      this.addEventListener('track', (e) => record(e.track));
    }
  };
  let context, chunks = [];
  function record(track) {
    if (!context) context = new AudioContext({ sampleRate: 48000 });
    context.resume();
    if (window.ear.keep) { // of the connection before: it would go on, silent, between ours
      const [, before, recorder] = window.ear.keep;
      recorder.onaudioprocess = null;
      before.disconnect();
    }
    const element = new Audio();
    const stream = new MediaStream([track]);
    element.srcObject = stream; // Chromium gives a remote stream to WebAudio only while an element plays it
    element.muted = true;
    element.play();
    const source = context.createMediaStreamSource(stream);
    const node = context.createScriptProcessor(4096, 1, 1);
    node.onaudioprocess = (e) => {
      const f = e.inputBuffer.getChannelData(0);
      const pcm = new Int16Array(f.length);
      for (let i = 0; i < f.length; i++) pcm[i] = Math.max(-32768, Math.min(32767, f[i] * 32768));
      chunks.push(pcm);
    };
    source.connect(node);
    node.connect(context.destination);
    window.ear.keep = [element, source, node];
  }
  window.ear = {
    recorded: () => chunks.reduce((n, c) => n + c.length, 0),
    heard(from) {
      const all = new Int16Array(this.recorded());
      let at = 0;
      for (const c of chunks) {
        all.set(c, at);
        at += c.length;
      }
      const bytes = new Uint8Array(all.slice(from).buffer);
      let text = '';
      for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
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
