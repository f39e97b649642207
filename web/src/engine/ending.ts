import type { Ending } from "./engine";
import type { SessionEnd } from "./ua";

const localCauses: Record<string, Ending["local"]> = {
  Canceled: "canceled",
  "Connection Error": "transport",
  "Request Timeout": "timeout",
  "RTP Timeout": "media",
  "WebRTC Error": "webrtc",
  "Bad Media Description": "webrtc",
  "Internal Error": "webrtc",
  "User Denied Media Access": "webrtc",
  "Dialog Error": "transport",
  "No ACK": "no-ack",
};

/** endingOf reads status, Reason (RFC 3326) and Warning off the message that ended a session. */
export function endingOf(e: SessionEnd): Ending {
  const m = e.message;
  const end: Ending = {
    by: e.originator === "local" ? "us" : e.originator === "remote" ? "them" : "system",
    status: m?.status_code ?? 0,
    q850: 0,
    reason: m?.reason_phrase ?? "",
    warning: "",
  };
  if (!m) {
    end.local = localCauses[e.cause];
    return end;
  }
  for (const value of headers(m, "Reason")) readReason(value, end);
  end.warning = warningText(m.getHeader("Warning") ?? "");
  return end;
}

function headers(m: NonNullable<SessionEnd["message"]>, name: string): string[] {
  if (m.getHeaders) return m.getHeaders(name);
  const one = m.getHeader(name);
  return one ? [one] : [];
}

/** readReason adds one or more comma-separated Reason values to an ending. */
export function readReason(value: string, end: Ending): void {
  for (const part of splitOutsideQuotes(value)) {
    const protocol = /^\s*([\w.]+)/.exec(part)?.[1]?.toUpperCase();
    const cause = Number(/;\s*cause\s*=\s*(\d{1,3})/i.exec(part)?.[1] ?? 0);
    const text = unquote(/;\s*text\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(part)?.[1]);
    if (protocol === "Q.850") end.q850 = end.q850 || cause;
    else if (protocol === "SIP") {
      if (!end.status) end.status = cause;
      if (text) end.reason = text;
    }
    if (!end.reason) end.reason = text;
  }
}

function splitOutsideQuotes(value: string): string[] {
  return value.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? [];
}

function warningText(value: string): string {
  return unquote(/^\s*\d{3}\s+\S+\s+"((?:[^"\\]|\\.)*)"/.exec(value)?.[1]);
}

/** unquote undoes quoted-pair (RFC 3261 §25.1). */
function unquote(s = ""): string {
  return s.replace(/\\(.)/g, "$1");
}
