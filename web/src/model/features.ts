/** Features is what the gateway has for this phone; "" where it has not. */
export interface Features {
  /** The number of the caller's own room, where calls are brought together. */
  merge: string;
  /** The number at which the mailbox is listened to. */
  mailbox: string;
  /** The number of an echo, for the test call. */
  echo: string;
}

export const noFeatures: Features = { merge: "", mailbox: "", echo: "" };
