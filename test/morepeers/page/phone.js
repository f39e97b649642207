// SIP.js as its users have it, by its SessionManager, with a melody instead of a
// microphone and a recorder instead of ears. Go drives it through window.phone;
// see sipjs.go.
import { SessionManager, defaultSessionDescriptionHandlerFactory } from 'sip.js/lib/platform/web';

const RATE = 48000;
const events = [];
const say = (type, text = '') => events.push({ type, text: String(text) });
window.addEventListener('error', (e) => say('error', e.message));
window.addEventListener('unhandledrejection', (e) => say('error', e.reason));

let audio, melody, manager, session, recorder;

// play makes a stream of a round of tones, as test/sound makes them.
function play(notes) {
  audio = new AudioContext({ sampleRate: RATE });
  const note = RATE / 10;
  const buffer = audio.createBuffer(1, note * notes.length, RATE);
  const pcm = buffer.getChannelData(0);
  let phase = 0;
  for (let i = 0; i < pcm.length; i++) {
    phase += (2 * Math.PI * notes[Math.floor(i / note)]) / RATE;
    pcm[i] = 0.5 * Math.sin(phase);
  }
  const source = audio.createBufferSource();
  source.buffer = buffer;
  source.loop = true;
  const out = audio.createMediaStreamDestination();
  source.connect(out);
  source.start();
  return out.stream;
}

// The worklet runs on the audio thread, so that a busy page loses nothing.
const worklet = `registerProcessor('recorder', class extends AudioWorkletProcessor {
  constructor() { super(); this.pcm = new Int16Array(4800); this.n = 0; }
  process(inputs) {
    const f = inputs[0][0];
    for (let i = 0; i < 128; i++) {
      this.pcm[this.n++] = f ? Math.max(-32768, Math.min(32767, f[i] * 32768)) : 0;
      if (this.n === this.pcm.length) { this.port.postMessage(this.pcm.slice()); this.n = 0; }
    }
    return true;
  }
});`;

// record keeps what a stream sounds like. Chromium gives a remote stream to
// WebAudio only while an element plays it too. A track that comes anew goes on in
// the same recording.
function record(track) {
  const chunks = recorder ? recorder.chunks : [];
  if (recorder) {
    recorder.node.port.onmessage = null;
    recorder.source.disconnect();
  }
  const stream = new MediaStream([track]);
  const element = new Audio();
  element.srcObject = stream;
  element.muted = true;
  element.play().catch((e) => say('error', e));
  const source = audio.createMediaStreamSource(stream);
  const node = new AudioWorkletNode(audio, 'recorder');
  node.port.onmessage = (e) => chunks.push(e.data);
  source.connect(node);
  recorder = { chunks, source, node, element };
}

function watch(s) {
  session = s;
  s.stateChange.addListener((state) => {
    say(state);
    const pc = s.sessionDescriptionHandler && s.sessionDescriptionHandler.peerConnection;
    if (state === 'Established' && pc) for (const r of pc.getReceivers()) record(r.track);
  });
}

// listen writes down the first line of each message.
const line = (message) => message.split('\r\n')[0];

window.phone = {
  events,
  async register(c) {
    melody = play(c.melody);
    await audio.audioWorklet.addModule(URL.createObjectURL(new Blob([worklet], { type: 'text/javascript' })));
    manager = new SessionManager(c.ws, {
      aor: `sip:${c.user}@${c.domain}`,
      media: { constraints: { audio: true, video: false }, remote: () => ({ audio: new Audio() }) },
      delegate: {
        onRegistered: () => say('registered'),
        onUnregistered: () => say('unregistered'),
        onServerDisconnect: () => say('disconnected'),
        onCallCreated: watch,
        onCallReceived: (s) => say('received', s.remoteIdentity.uri.user),
        onCallHold: (s, held) => say(held ? 'held' : 'resumed'),
        onCallDTMFReceived: (s, tone) => say('dtmf', tone),
      },
      reconnectionAttempts: 0,
      userAgentOptions: {
        logLevel: 'error',
        logConnector: (level, category, label, text) => say('log', `${category}: ${text}`),
        authorizationUsername: c.user,
        authorizationPassword: c.password,
        sessionDescriptionHandlerFactory: defaultSessionDescriptionHandlerFactory(() => Promise.resolve(melody.clone())),
        sessionDescriptionHandlerFactoryOptions: {
          peerConnectionConfiguration: { iceServers: [] }, // the default asks a foreign STUN server
        },
        // Without 100rel, as its default is, SIP.js does not look at a 183.
        sipExtension100rel: c.reliable ? 'Supported' : 'None',
        transportOptions: { server: c.ws, traceSip: false },
      },
    });
    await manager.connect();
    const transport = manager.userAgent.transport;
    const send = transport.send.bind(transport);
    transport.send = (m) => (say('sent', line(m)), send(m));
    const receive = transport.onMessage;
    transport.onMessage = (m) => (say('got', line(m)), receive(m));
    await manager.register();
  },
  call: (target) => void manager.call(target, { earlyMedia: true }).catch((e) => say('error', e)),
  answer: () => manager.answer(session),
  decline: () => manager.decline(session),
  hangup: () => manager.hangup(session),
  hold: () => manager.hold(session),
  unhold: () => manager.unhold(session),
  unregister: () => manager.unregister(),
  transfer: (target) => manager.transfer(session, target),
  async press(tones, byInfo) {
    manager.options.sendDTMFUsingSessionDescriptionHandler = !byInfo;
    for (const tone of tones) {
      await manager.sendDTMF(session, tone);
      await new Promise((done) => setTimeout(done, 300));
    }
  },
  reset() {
    events.length = 0;
    if (recorder) recorder.chunks.length = 0;
  },
  recorded: () => (recorder ? recorder.chunks.length * 4800 : 0),
  // heard gives the recording from a sample on, as base64 of 16 bits at 48 kHz.
  heard(from) {
    if (!recorder) return '';
    const all = new Int16Array(window.phone.recorded());
    recorder.chunks.forEach((c, i) => all.set(c, i * 4800));
    const bytes = new Uint8Array(all.slice(from).buffer);
    let text = '';
    for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    return btoa(text);
  },
};
