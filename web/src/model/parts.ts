import type { Mic } from "../audio/microphone";
import type { SpeakerPort } from "../audio/speaker";
import type { TonePlayer } from "../audio/tones";
import type { PhoneEngine } from "../engine/engine";
import type { Camera } from "../picture/camera";
import type { PhoneCall } from "./call";
import type { Past } from "./history";

/** Notice is something to tell that is not part of a call. */
export interface Notice {
  title: string;
  detail: string;
  kind: "error" | "info";
}

export interface PhoneParts {
  engine: PhoneEngine;
  mic: Mic;
  camera: Camera;
  speaker: SpeakerPort;
  tones: TonePlayer;
  now?: () => number;
  /** Called when the registrar refuses the password. */
  onPasswordRefused?: () => void;
  /** Fetches the calls that the gateway remembers; null where it does not. */
  fetchHistory?: () => Promise<Past[] | null>;
  /** Told of each call when it is answered. */
  onTalk?: (call: PhoneCall) => void;
}

/** Dialing is what else there is to know of a call that is made. */
export interface Dialing {
  camera?: boolean;
  /** The name shown instead of the number's own. */
  name?: string;
  /** The call that somebody is asked to take. */
  askedFor?: PhoneCall;
}

