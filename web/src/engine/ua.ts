// The part of JsSIP that the phone uses, as types of our own: what a fake must
// have, and what to check when the pinned version is raised.

export interface SipMessage {
  status_code?: number;
  reason_phrase?: string;
  getHeader(name: string): string | undefined;
  getHeaders?(name: string): string[];
}

export interface SessionEnd {
  originator: string;
  message: SipMessage | null;
  cause: string;
}

export interface SipRequest {
  method: string;
  body?: string | null;
  getHeader?(name: string): string | undefined;
  reply(status: number): unknown;
}

export interface OfferOptions {
  sdpOffer?: boolean;
  eventHandlers?: { succeeded?: (e?: unknown) => void; failed?: (e?: unknown) => void };
}

export interface Session {
  id: string;
  /** Not of JsSIP's documented part; its types say so too. */
  _request?: { call_id?: string };
  _dialog?: { uac_pending_reply: boolean } | null;
  receiveRequest?(request: SipRequest): void;
  _sendReinvite?(options?: OfferOptions): void;
  _sendUpdate?(options?: OfferOptions): void;
  direction: string;
  connection: RTCPeerConnection | undefined;
  remote_identity: { display_name: string; uri: { user: string; host: string } };
  isEnded(): boolean;
  isEstablished(): boolean;
  isReadyToReOffer(): boolean;
  answer(options: object): void;
  terminate(options?: object): void;
  hold(options?: object, done?: () => void): boolean;
  unhold(options?: object, done?: () => void): boolean;
  renegotiate(options?: object, done?: () => void): boolean;
  mute(options: object): void;
  unmute(options: object): void;
  sendDTMF(tone: string, options: object): void;
  refer(target: string, options: object): void;
  on(type: string, listener: (e: any) => void): unknown;
}

/** Subscriber is one subscription (RFC 6665). */
export interface Subscriber {
  subscribe(): void;
  terminate(): void;
  on(type: string, listener: (...args: any[]) => void): unknown;
}

export interface UserAgent {
  transport: { connect(): void; disconnect(): void; isConnected(): boolean };
  start(): void;
  stop(): void;
  register(): void;
  set(key: string, value: string): boolean;
  call(target: string, options: object): Session;
  sendMessage(target: string, body: string, options: object): unknown;
  sendOptions(target: string, body: string | null, options: object): unknown;
  subscribe(target: string, event: string, accept: string, options: object): Subscriber;
  on(type: string, listener: (e: any) => void): unknown;
  removeAllListeners(): unknown;
}

/** Settings is what a UserAgent is made of. */
export interface Settings {
  ws: string;
  uri: string;
  user: string;
  password: string;
  displayName: string;
  instance: string;
}

export type MakeUserAgent = (s: Settings) => UserAgent;
