// Janus's protocol as far as its SIP plugin needs it, over a WebSocket: a session, a
// handle of the plugin, and requests with their events. Go drives it through
// window.janus; see janus.go. What is heard is recorded by ear.js.
(() => {
  const events = [];
  const waiting = new Map();
  let socket, session, handle, account, pc, stream, offered;
  const say = (event, text = '') => events.push(`${event} ${text}`.trim());

  // send sends a request and waits for its first answer.
  function send(body) {
    const transaction = Math.random().toString(36).slice(2);
    socket.send(JSON.stringify({ session_id: session, handle_id: handle, transaction, ...body }));
    return new Promise((resolve, reject) => waiting.set(transaction, { resolve, reject }));
  }
  const ask = (body, jsep) => send({ janus: 'message', body, jsep });

  async function take(m) {
    const w = waiting.get(m.transaction);
    waiting.delete(m.transaction);
    if (m.janus === 'error' && w) return w.reject(new Error(m.error.reason));
    if (w) w.resolve(m);
    if (m.janus === 'hangup') say('free'); // the next call would find it busy before
    const { data } = m.plugindata || {};
    if (!data) return undefined;
    if (data.error) say('error', data.error);
    const { event } = data.result || {};
    if (event === 'incomingcall') offered = m.jsep;
    else if (m.jsep && m.jsep.type === 'answer') await pc.setRemoteDescription(m.jsep);
    else if (m.jsep) say('error', 'an offer that nobody answers');
    if (event) say(event, data.result.reason || '');
    if (event === 'hangup' && pc) {
      pc.close();
      await send({ janus: 'hangup' });
    }
    return undefined;
  }

  async function connection() {
    stream ||= await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    pc = new RTCPeerConnection();
    pc.addTrack(stream.getAudioTracks()[0].clone(), stream);
    pc.onconnectionstatechange = () => say(`way-${pc.connectionState}`);
  }

  // described waits for all candidates: Janus is sent none later.
  async function described(description) {
    await pc.setLocalDescription(description);
    if (pc.iceGatheringState !== 'complete') {
      await new Promise((done) => pc.addEventListener('icegatheringstatechange', () => pc.iceGatheringState === 'complete' && done()));
    }
    return pc.localDescription.toJSON();
  }

  window.janus = {
    events,
    ask,
    async register(c) {
      account = c;
      socket = new WebSocket(c.janus, 'janus-protocol');
      socket.onmessage = (e) => take(JSON.parse(e.data)).catch((err) => say('error', err));
      await new Promise((done, failed) => Object.assign(socket, { onopen: done, onerror: failed }));
      session = (await send({ janus: 'create' })).data.id;
      handle = (await send({ janus: 'attach', plugin: 'janus.plugin.sip' })).data.id;
      setInterval(() => send({ janus: 'keepalive', handle_id: undefined }), 20000);
      const at = c.server.split(':')[0];
      await ask({ request: 'register', username: `sip:${c.user}@${at}`, secret: c.password, proxy: `sip:${c.server}` });
    },
    async call(uri) {
      await connection();
      await ask({ request: 'call', uri, srtp: account.srtp }, await described(await pc.createOffer()));
    },
    async answer() {
      await connection();
      await pc.setRemoteDescription(offered);
      await ask({ request: 'accept' }, await described(await pc.createAnswer()));
    },
    press(keys) {
      const sender = pc.getSenders().find((s) => s.dtmf);
      sender.dtmf.insertDTMF(keys, 120, 80);
    },
  };
})();
