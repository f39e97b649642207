// The keyboard of the phone, as a pure function of what is on the screen.

/** Scene is what the keys act on. */
export interface Scene {
  /** an incoming call is ringing */
  incoming: boolean;
  /** the current call: none, on its way, or talking */
  call: "none" | "calling" | "talking";
  /** where the focus is: a text field, a control that uses Enter itself, or elsewhere */
  focus: "number" | "field" | "control" | "elsewhere";
  helpOpen: boolean;
  /** it is being asked where to transfer a call */
  transferring?: boolean;
}

export type Action =
  | { do: "digit"; digit: string }
  | { do: "call" }
  | { do: "answer" }
  | { do: "decline" }
  | { do: "hangup" }
  | { do: "mute" }
  | { do: "hold" }
  | { do: "transfer" }
  | { do: "cancel-transfer" }
  | { do: "erase" }
  | { do: "help" }
  | { do: "close-help" };

/** switchTo is the call that Alt and a digit choose, from 0; -1 for another key. */
export function switchTo(e: { altKey: boolean; ctrlKey: boolean; metaKey: boolean; code: string }): number {
  const m = /^(?:Digit|Numpad)([1-4])$/.exec(e.code);
  return m && e.altKey && !e.ctrlKey && !e.metaKey ? Number(m[1]) - 1 : -1;
}

/**
 * action says what a key does: digits dial, or are sent during a call; Enter
 * calls or answers; Escape declines or hangs up; M mutes, H holds, T transfers,
 * ? helps.
 * Letters typed into a field stay letters.
 */
export function action(key: string, s: Scene): Action | null {
  if (s.helpOpen) return key === "Escape" || key === "?" ? { do: "close-help" } : null;
  if (s.focus === "field") return key === "Escape" ? escape(s) : null;
  if (key === "Escape") return escape(s);
  if (key === "Enter") return enter(s);
  if (s.focus === "number") return null;
  if (/^[0-9*#]$/.test(key)) return { do: "digit", digit: key };
  if (key === "+" && s.call === "none") return { do: "digit", digit: "+" };
  if (key === "Backspace" && s.call === "none") return { do: "erase" };
  if (key === "?") return { do: "help" };
  if (s.call === "none") return null;
  const letter = key.toLowerCase();
  if (letter === "m") return { do: "mute" };
  if (letter === "h" && s.call === "talking") return { do: "hold" };
  if (letter === "t") return { do: "transfer" };
  return null;
}

function escape(s: Scene): Action | null {
  if (s.incoming) return { do: "decline" };
  if (s.transferring) return { do: "cancel-transfer" };
  return s.call === "none" ? null : { do: "hangup" };
}

function enter(s: Scene): Action | null {
  if (s.focus === "control") return null;
  if (s.incoming) return { do: "answer" };
  return s.call === "none" ? { do: "call" } : null;
}
