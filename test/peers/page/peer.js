// A browser phone for tests: JsSIP with a melody instead of a microphone, a
// recorder instead of ears, and every event written down. Go drives it through
// window.peer; see browser.go.
import JsSIP from 'jssip';

const RATE = 48000;
const events = [];
const say = (type, data = {}) => events.push({ type, at: Date.now(), ...data });
window.addEventListener('error', (e) => say('error', { text: String(e.message) }));
window.addEventListener('unhandledrejection', (e) => say('error', { text: String(e.reason) }));

let config = {};
let audio, melody, ua, session, recorder, element, worklets;
const sessions = []; // those that are not over, the newest last; session is the one that was begun last

// playMelody makes a stream of a round of tones, as test/sound makes them.
function playMelody(notes) {
  audio = new AudioContext({ sampleRate: RATE });
  const note = RATE / 10;
  const buffer = audio.createBuffer(1, note * notes.length, RATE);
  const pcm = buffer.getChannelData(0);
  let phase = 0;
  for (let i = 0; i < pcm.length; i++) {
    phase += (2 * Math.PI * notes[Math.floor(i / note) % notes.length]) / RATE;
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

// record keeps what the remote stream sounds like. Chromium gives a remote stream
// to WebAudio only while an element plays it too. A resume after hold brings the
// track anew: the recording goes on.
function record(stream) {
  const before = recorder;
  if (before) before.stop();
  element = new Audio();
  element.srcObject = stream;
  element.muted = true;
  element.play().catch((e) => say('error', { text: 'play: ' + e }));
  const source = audio.createMediaStreamSource(stream);
  const rec = { chunks: before ? before.chunks : [], source, firstSound: before ? before.firstSound : 0 };
  const take = ({ pcm, loud, at }) => {
    rec.chunks.push(pcm);
    if (loud && !rec.firstSound) {
      rec.firstSound = at;
      say('sound', { at });
    }
  };
  rec.node = worklets ? hearApart(take) : hearHere(take);
  rec.stop = () => {
    rec.node.onaudioprocess = null;
    if (rec.node.port) rec.node.port.onmessage = null;
    source.disconnect();
  };
  source.connect(rec.node);
  recorder = rec;
}

// hearApart records on the audio thread; hearHere in the page, where a strict page
// allows no worklet and cannot be talked out of it, as in Firefox.
function hearApart(take) {
  const node = new AudioWorkletNode(audio, 'recorder');
  node.port.onmessage = (e) => take(e.data);
  return node;
}

function hearHere(take) {
  const node = audio.createScriptProcessor(4096, 1, 1);
  node.onaudioprocess = (e) => {
    const pcm = Int16Array.from(e.inputBuffer.getChannelData(0), (v) => Math.max(-32768, Math.min(32767, v * 32768)));
    take({ pcm, loud: pcm.some((v) => Math.abs(v) > 500), at: Date.now() });
  };
  node.connect(audio.destination);
  return node;
}

// The worklet runs on the audio thread, so that a busy page loses nothing.
const worklet = `registerProcessor('recorder', class extends AudioWorkletProcessor {
  constructor() { super(); this.pcm = new Int16Array(4800); this.n = 0; this.loud = false; this.at = 0; }
  process(inputs) {
    const f = inputs[0][0];
    for (let i = 0; i < 128; i++) {
      const v = f ? Math.max(-32768, Math.min(32767, f[i] * 32768)) : 0;
      if (!this.loud && Math.abs(v) > 500) { this.loud = true; this.at = Date.now(); }
      this.pcm[this.n++] = v;
      if (this.n === this.pcm.length) {
        this.port.postMessage({ pcm: this.pcm.slice(), loud: this.loud, at: this.at });
        this.n = 0;
      }
    }
    return true;
  }
});`;

// keepOffersApart refuses an offer while one of our own is under way, as the web phone
// does: JsSIP takes it nevertheless, which ends the call.
function keepOffersApart(s) {
  const receive = s.receiveRequest.bind(s), send = s._sendReinvite.bind(s);
  let ours = 0;
  s._sendReinvite = (options = {}) => {
    ours++;
    const { succeeded, failed } = options.eventHandlers || {};
    const over = (then) => (e) => (ours--, then && then(e));
    send({ ...options, eventHandlers: { succeeded: over(succeeded), failed: over(failed) } });
  };
  s.receiveRequest = (request) => {
    if (request.method !== 'INVITE' || !ours) receive(request);
    else if (!s._dialog.uac_pending_reply) request.reply(491);
  };
}

function watch(s, opts) {
  keepOffersApart(s);
  session = s;
  sessions.push(s);
  const over = () => sessions.splice(sessions.indexOf(s), 1);
  s.on('ended', over);
  s.on('failed', over);
  if (config.timers) s._sessionTimers.defaultExpires = config.timers; // of which half is waited
  for (const name of ['progress', 'accepted', 'confirmed', 'ended', 'failed', 'hold', 'unhold', 'connecting', 'sending', 'newDTMF', 'reinvite', 'update']) {
    s.on(name, (e) => {
      const d = { originator: e && e.originator };
      if (e && e.cause) d.cause = e.cause;
      if (e && e.message && e.message.status_code) d.status = e.message.status_code;
      if (e && e.response && e.response.status_code) d.status = e.response.status_code;
      if (e && e.message && e.message.getHeader) {
        d.reason = e.message.getHeader('Reason');
        d.warning = e.message.getHeader('Warning');
      }
      if (e && e.dtmf) d.tone = e.dtmf.tone;
      if (e && e.response && e.response.body) d.sdp = true;
      say(name, d);
    });
  }
  s.on('sdp', (e) => {
    say('sdp', { originator: e.originator, kind: e.type, text: e.sdp });
    if (opts.codecs && e.originator === 'local') e.sdp = only(e.sdp, opts.codecs);
  });
  const attach = (pc) => {
    pc.addEventListener('track', (e) => record(e.streams[0] || new MediaStream([e.track])));
    pc.addEventListener('connectionstatechange', () => say('pc-' + pc.connectionState));
    pc.addEventListener('iceconnectionstatechange', () => say('ice-' + pc.iceConnectionState));
  };
  if (s.connection) attach(s.connection);
  else s.on('peerconnection', (e) => attach(e.peerconnection));
  s.on('icecandidate', (e) => setTimeout(e.ready, opts.gather ?? 50));
}

// listenIn writes down the first line and the CSeq of every message.
function listenIn(transport) {
  const note = (originator, message) => {
    const text = String(message);
    const cseq = text.match(/^CSeq: *(.*)$/im);
    say('wire', { originator, text: text.split('\r\n')[0], cseq: cseq ? cseq[1].trim() : '' });
  };
  const send = transport.send.bind(transport);
  transport.send = (message) => (note('local', message), send(message));
  const received = transport.ondata;
  transport.ondata = (e) => (note('remote', e.message), received(e));
}

// only keeps the named codecs (and their events) in an audio description.
function only(sdp, codecs) {
  const lines = sdp.split('\r\n');
  const names = {};
  for (const l of lines) {
    const m = l.match(/^a=rtpmap:(\d+) ([^/]+)\/(\d+)/);
    if (m) names[m[1]] = m[2].toLowerCase();
  }
  const keep = (pt) => codecs.includes(names[pt] || '') || (names[pt] === 'telephone-event');
  return lines
    .map((l) => {
      const m = l.match(/^(m=audio \S+ \S+) (.*)$/);
      return m ? m[1] + ' ' + m[2].split(' ').filter(keep).join(' ') : l;
    })
    .filter((l) => {
      const m = l.match(/^a=(?:rtpmap|fmtp|rtcp-fb):(\d+)/);
      return !m || keep(m[1]);
    })
    .join('\r\n');
}

// picture is a moving picture of a size, drawn by the page. A camera's stand-in that
// can be told from another one.
function picture(width, height, fps = 20) {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const pen = canvas.getContext('2d');
  let n = 0;
  const draw = () => {
    pen.fillStyle = `hsl(${(n * 7) % 360} 80% 50%)`;
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = '#fff';
    for (let i = 0; i < 12; i++) pen.fillRect((n * 9 + i * 53) % width, (n * 5 + i * 31) % height, 24, 24);
    n++;
  };
  draw();
  setInterval(draw, 1000 / fps);
  return canvas.captureStream(fps).getVideoTracks()[0];
}

// prefer lets a transceiver use one video codec only.
function prefer(transceiver, codec) {
  if (!codec) return;
  const all = RTCRtpReceiver.getCapabilities('video').codecs;
  transceiver.setCodecPreferences(all.filter((c) => c.mimeType.toLowerCase() === 'video/' + codec || /rtx/i.test(c.mimeType)));
}

const videos = () => session.connection.getTransceivers().filter((t) => t.receiver.track.kind === 'video');
const renegotiate = () => new Promise((ok, no) => (session.renegotiate({ useUpdate: false }, ok) || no(new Error('not now'))));

// turn changes the newest call, and resolves when that is agreed. JsSIP changes one
// thing at a time and refuses the next meanwhile.
function turn(change) {
  return new Promise((resolve, reject) => {
    const until = Date.now() + 15000;
    const attempt = () => {
      if (change(resolve)) return;
      if (Date.now() > until) reject(new Error('the call cannot be changed'));
      else setTimeout(attempt, 50);
    };
    setTimeout(() => reject(new Error('the change was not agreed')), 20000);
    attempt();
  });
}

window.peer = {
  events,
  // seen is a call with a picture; of the codec named only, where one is.
  seen(target, { width = 640, height = 360, codec } = {}) {
    const stream = melody.clone();
    stream.addTrack(picture(width, height));
    this.call(target, { options: { mediaStream: stream } });
    // JsSIP adds the tracks in a moment, and makes its offer at once then.
    const pc = session.connection;
    const offer = pc.createOffer.bind(pc);
    pc.createOffer = (o) => (videos().forEach((t) => prefer(t, codec)), offer(o));
  },
  // show answers with a picture.
  show({ width = 480, height = 270 } = {}) {
    const stream = melody.clone();
    stream.addTrack(picture(width, height));
    this.answer({ mediaStream: stream });
  },
  // add puts a picture into a call, as a camera that is switched on or a screen
  // that is shared; drop takes the last one out again.
  async add({ width = 320, height = 180, codec } = {}) {
    const t = session.connection.addTransceiver(picture(width, height), { direction: 'sendrecv', streams: [new MediaStream()] });
    prefer(t, codec);
    await renegotiate();
  },
  async take() {
    videos().filter((t) => t.currentDirection !== 'stopped').pop().stop();
    await renegotiate();
  },
  // pictures is what getStats says of the video that arrives, by m-line.
  async pictures() {
    const out = [];
    const all = {};
    (await session.connection.getStats()).forEach((r) => (all[r.id] = r));
    for (const r of Object.values(all)) {
      if (r.type !== 'inbound-rtp' || r.kind !== 'video') continue;
      const codec = all[r.codecId] || {};
      out.push({
        mid: r.mid, frames: r.framesDecoded || 0, width: r.frameWidth || 0, height: r.frameHeight || 0, codec: (codec.mimeType || '').toLowerCase(),
        lost: r.packetsLost, plis: r.pliCount, nacks: r.nackCount, bytes: r.bytesReceived, keys: r.keyFramesDecoded || 0,
      });
    }
    return out.sort((a, b) => Number(a.mid) - Number(b.mid));
  },
  // rate is what the browser thinks that it may send, in bit/s.
  async rate() {
    let rate = 0;
    (await session.connection.getStats()).forEach((r) => {
      if (r.type === 'candidate-pair' && r.availableOutgoingBitrate) rate = r.availableOutgoingBitrate;
    });
    return rate;
  },
  async register(c) {
    config = c;
    melody = playMelody(c.melody);
    const module = URL.createObjectURL(new Blob([worklet], { type: 'text/javascript' }));
    worklets = await audio.audioWorklet.addModule(module).then(() => true, () => false);
    ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(c.ws)],
      uri: `sip:${c.user}@${c.domain}`,
      password: c.password,
      register: c.register !== false,
      register_expires: c.expires || 300,
      session_timers: c.timers > 0,
      ...(c.instance ? { instance_id: c.instance } : {}),
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 2,
    });
    for (const name of ['connected', 'disconnected', 'registered', 'unregistered', 'registrationFailed']) {
      ua.on(name, (e) => say(name, { cause: e && e.cause, status: e && e.response && e.response.status_code }));
    }
    ua.on('newRTCSession', (e) => {
      if (e.originator !== 'remote') return;
      say('incoming', { from: e.request.from.uri.user, name: e.request.from.display_name, diversion: e.request.getHeader('Diversion') });
      watch(e.session, c);
      if (c.answer) setTimeout(() => window.peer.answer(), c.answer);
    });
    ua.on('newMessage', (e) => {
      if (e.originator === 'remote') say('message', { from: e.request.from.uri.user, text: e.request.body, kind: e.request.getHeader('Content-Type'), date: e.request.getHeader('Date') });
    });
    ua.start();
    listenIn(ua._transport);
  },
  call(target, opts = {}) {
    say('dial');
    const s = ua.call(target, {
      mediaStream: melody.clone(), // a hold switches the tracks of its call off
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: [] },
      eventHandlers: {},
      ...opts.options,
    });
    watch(s, opts);
  },
  answer(opts = {}) {
    say('answering');
    session.answer({ mediaStream: melody.clone(), pcConfig: { iceServers: [] }, ...opts });
  },
  hangup: (opts) => session.terminate(opts),
  hold: () => turn((done) => session.hold({}, done)),
  unhold: () => turn((done) => session.unhold({}, done)),
  mute: (on) => (on ? session.mute({ audio: true }) : session.unmute({ audio: true })),
  dtmf: (tones, transportType) => session.sendDTMF(tones, { transportType, duration: 100, interToneGap: 60 }),
  // refer hands a call over: to a number, or, where replaces says so, to whom the
  // newest call is with.
  refer(target, replaces) {
    const [first, last] = [sessions[0], sessions[sessions.length - 1]];
    const eventHandlers = {};
    for (const name of ['requestSucceeded', 'requestFailed', 'trying', 'progress', 'accepted', 'failed']) {
      eventHandlers[name] = (e) => say('refer-' + name, { status: e && e.status_line ? e.status_line.status_code : 0, cause: e && e.cause });
    }
    (replaces ? first : last).refer(target, { eventHandlers, ...(replaces ? { replaces: last } : {}) });
  },
  message(target, text, contentType = 'text/plain') {
    ua.sendMessage(target, text, {
      contentType,
      eventHandlers: {
        succeeded: (e) => say('message-sent', { status: e.response.status_code }),
        failed: (e) => say('message-failed', { status: e.response && e.response.status_code, cause: e.cause }),
      },
    });
  },
  // dialog names the newest call as a page that is reloaded would have kept it.
  dialog() {
    const id = session._dialog.id;
    return { callID: id.call_id, localTag: id.local_tag, remoteTag: id.remote_tag };
  },
  // takeBack calls in place of a call that a former page had.
  takeBack(target, d, opts = {}) {
    const replaces = `Replaces: ${d.callID};to-tag=${d.remoteTag};from-tag=${d.localTag}`;
    this.call(target, { ...opts, options: { extraHeaders: [replaces] } });
  },
  // refresh is what JsSIP does when its session timer is up.
  refresh: () => session._sendUpdate(),
  count: () => sessions.length,
  restartIce: () => session.renegotiate({ rtcOfferConstraints: { iceRestart: true } }),
  unregister: () => ua.unregister({ all: false }),
  stop: () => ua.stop(),
  drop: () => ua._transport.socket._ws.close(),
  // reset forgets all that was said and heard; between calls.
  reset() {
    events.length = 0;
    if (recorder) {
      recorder.stop();
      recorder = undefined;
    }
  },
  // recorded says how many samples were heard so far.
  recorded: () => (recorder ? recorder.chunks.reduce((a, c) => a + c.length, 0) : 0),
  // heard gives the recording from a sample on, as base64 of 16 bits at 48 kHz.
  heard(from) {
    let text = '', at = 0;
    for (const c of recorder ? recorder.chunks : []) {
      const part = c.subarray(Math.max(0, from - at));
      text += String.fromCharCode(...new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      at += c.length;
    }
    return btoa(text);
  },
  // inbound is what getStats says of the sound that arrives.
  inbound: async () => {
    const found = (await window.peer.stats()).find((r) => r.type === 'inbound-rtp');
    return found ? { ssrc: found.ssrc, packets: found.packetsReceived, energy: found.totalAudioEnergy } : { ssrc: 0, packets: 0, energy: 0 };
  },
  stats: async () => {
    const out = [];
    if (session && session.connection) (await session.connection.getStats()).forEach((r) => out.push(r));
    return out;
  },
};
