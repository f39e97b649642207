// PhoneEngine is what the phone asks of a signaling library and the only thing
// that it knows of one. sip_engine.ts fulfils it with JsSIP; the tests and the
// fixture page fulfil it with fakes.

/** Account is who registers where. The password is short-lived. */
export interface Account {
  user: string;
  displayName: string;
  domain: string;
  /** Absolute ws: or wss: address. */
  ws: string;
  password: string;
  /** The gateway's own relays (TURN); their credentials end with the password. */
  relays?: RTCIceServer[];
  /** UUID that keeps the binding of this tab apart from others (RFC 5626 §4.1). */
  instance: string;
}

/**
 * Registration is where the phone stands with its registrar:
 *  - offline: the WebSocket is down; retryAt is when it is tried again (ms since
 *    the epoch), 0 while an attempt is under way
 *  - registering: connected, REGISTER sent
 *  - registered: calls come in
 *  - refused: the registrar said no; status is its answer, 0 when none came
 *  - stopped: signed out
 */
export type Registration =
  | { state: "offline"; retryAt: number; everConnected: boolean }
  | { state: "registering" }
  | { state: "registered" }
  | { state: "refused"; status: number; reason: string; retryAt: number }
  | { state: "stopped" };

/** Party is the other end as it presents itself. */
export interface Party {
  number: string;
  name: string;
}

/** Ending is all that is known of why a call ended. */
export interface Ending {
  /** Who brought it about. */
  by: "us" | "them" | "system";
  /** SIP status of a refusal, or of a Reason header field (RFC 3326); 0 when none. */
  status: number;
  /** Q.850 cause of a Reason header field; 0 when none. */
  q850: number;
  /** Reason phrase or Reason text of the far side. */
  reason: string;
  /** Warning text (RFC 3261 §20.43), for the details line. */
  warning: string;
  /** What failed on this side of the wire, when it did. */
  local?: "canceled" | "transport" | "timeout" | "media" | "webrtc" | "no-ack";
}

/**
 * Progress is what becomes of a transfer (RFC 3515 §2.4.4): it is under way,
 * whoever is called is alerted, it is done, or it has failed with a status, 0
 * when nobody answered the wish.
 */
export type Progress = { state: "trying" | "ringing" | "done" } | { state: "failed"; status: number; reason: string };

/** CallEvents is what a call tells its owner. Each fires on a later task than the call that caused it. */
export interface CallEvents {
  /** The far side is being alerted (180, 183). */
  ringing(): void;
  /** A final answer, from either side. */
  connected(): void;
  /** Somebody else is at the far side now. */
  party(p: Party): void;
  /** The far side held or resumed us. */
  remoteHold(held: boolean): void;
  /** Media comes or stopped coming: the state of the ICE transport. */
  media(state: "connecting" | "connected" | "interrupted"): void;
  /** The far side's sound, ready to be played. */
  stream(stream: MediaStream): void;
  /** The far side's picture, or null when it shows none any more. */
  picture(stream: MediaStream | null): void;
  ended(e: Ending): void;
}

/** EngineCall is one call on the wire. Methods on an ended call do nothing. */
export interface EngineCall {
  readonly id: string;
  /** Call-ID of its dialog (RFC 3261 §8.1.1.4), by which the gateway knows it. */
  readonly ref: string;
  readonly direction: "out" | "in";
  readonly party: Party;
  /** An incoming call that offers video. */
  readonly offersPicture: boolean;
  listen(events: CallEvents): void;
  /** Answers an incoming call; track is null to listen only, picture to show nothing. */
  answer(track: MediaStreamTrack | null, picture: MediaStreamTrack | null): void;
  /** Refuses an incoming call with a SIP status, 486 or 603. */
  decline(status: number): void;
  hangup(): void;
  /** Starts a re-INVITE; false when none can be sent now. */
  hold(): boolean;
  resume(): boolean;
  mute(muted: boolean): void;
  /** Sends one digit of 0-9 * # A-D as RFC 4733; false when the call cannot carry it now. */
  digit(tone: string): boolean;
  /** Swaps the microphone without a renegotiation. */
  replaceTrack(track: MediaStreamTrack | null): Promise<void>;
  /** Shows a picture to the far side, another one, or none; false when it is not taken. */
  show(picture: MediaStreamTrack | null): Promise<boolean>;
  /** Whether a picture goes to the far side now. */
  showing(): boolean;
  /**
   * Sends the far side on to a number (RFC 3515), or to the far side of another
   * call of ours in our place (RFC 3891). False when that cannot be asked for now.
   */
  transfer(to: string | EngineCall, told: (p: Progress) => void): boolean;
  stats(): Promise<RTCStatsReport | null>;
  /** Is told that no sound has come for two seconds though some should, and that it comes again. */
  doubt(deaf: boolean): void;
}

/** Text is an instant message that has come (RFC 3428). */
export interface Text {
  from: Party;
  text: string;
  /** When it was written, ms since the epoch; 0 when it does not say. */
  at: number;
}

/** Watched is what can be subscribed to of a user (RFC 6665). */
export type Watched = "dialog" | "presence" | "message-summary";

export interface EngineEvents {
  registration(r: Registration): void;
  incoming(call: EngineCall): void;
  /** A message has come; false refuses it, so that it is not taken for read. */
  text(t: Text): boolean;
}

export interface PhoneEngine {
  start(account: Account, events: EngineEvents): void;
  /** Ends every call, unregisters and closes the socket. */
  stop(): void;
  /** Uses a new password from the next challenge on, and new relays from the next call; registers again when refused. */
  renew(password: string, relays?: RTCIceServer[]): void;
  /** Tries again at once: the network came back, or a person asked. */
  retry(): void;
  /** Makes sure that the connection still is one, after the network changed or the machine slept. */
  probe(): void;
  call(number: string, track: MediaStreamTrack | null, picture: MediaStreamTrack | null): EngineCall;
  /** Sends a message and resolves with the SIP status that answers it; 0 when none came. */
  text(to: string, text: string): Promise<number>;
  /** Subscribes until the returned function is called. Each document goes to told; null when nothing is known any more. */
  watch(user: string, what: Watched, told: (document: string | null) => void): () => void;
}
