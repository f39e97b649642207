// What a ladder needs of a SIP message (RFC 3261 §7). It never refuses one: what
// cannot be read is left empty.

export interface Sip {
  /** The method of a request, empty for a response. */
  method: string;
  /** The status of a response, 0 for a request. */
  status: number;
  /** What is written on the arrow: "INVITE", "180 Ringing". */
  label: string;
  cseq: string;
  /** The method that a response is of; the method itself otherwise. */
  of: string;
  callId: string;
  sdp: string;
  headers: Array<[string, string]>;
}

const compact: Record<string, string> = { i: "call-id", f: "from", t: "to", v: "via", m: "contact", c: "content-type", l: "content-length", e: "content-encoding", s: "subject", k: "supported" };

/** header gives the first value of a header field by its long name. */
export const header = (s: Sip, name: string) => s.headers.find(([n]) => n === name)?.[1] ?? "";

/** readSip takes a message apart; first is its first line where there is no text. */
export function readSip(text: string | undefined, first: string | undefined): Sip {
  const whole = (text ?? "").replace(/\r\n/g, "\n");
  const end = whole.indexOf("\n\n");
  const head = (end < 0 ? whole : whole.slice(0, end)).split("\n");
  const body = end < 0 ? "" : whole.slice(end + 2);
  const headers: Array<[string, string]> = [];
  for (const line of head.slice(1)) {
    const m = /^([^\s:]+)\s*:\s*(.*)$/.exec(line);
    if (m) headers.push([compact[m[1]!.toLowerCase()] ?? m[1]!.toLowerCase(), m[2]!]);
    else if (/^\s/.test(line) && headers.length) headers.at(-1)![1] += " " + line.trim();
  }
  const s: Sip = { method: "", status: 0, label: "", cseq: "", of: "", callId: "", sdp: "", headers };
  startLine(s, head[0] || first || "");
  s.cseq = header(s, "cseq");
  s.callId = header(s, "call-id");
  s.of = s.method || s.cseq.split(/\s+/)[1] || "";
  s.sdp = sdpOf(header(s, "content-type"), body);
  return s;
}

function startLine(s: Sip, line: string) {
  const status = /^(?:SIP\/2\.0\s+)?(\d{3})\b\s*(.*)$/.exec(line);
  if (status) {
    s.status = Number(status[1]);
    s.label = `${status[1]} ${status[2]}`.trim();
    return;
  }
  s.method = /^([A-Z][A-Za-z.!%*_+`'~-]*)\b/.exec(line)?.[1] ?? "";
  s.label = s.method || line;
}

/** sdpOf finds the session description in a body, within multipart too (RFC 5621). */
function sdpOf(type: string, body: string): string {
  if (/^application\/sdp\b/i.test(type)) return body;
  if (!/^multipart\//i.test(type)) return "";
  const at = body.search(/^content-type\s*:\s*application\/sdp/im);
  if (at < 0) return "";
  const start = body.indexOf("\n\n", at);
  const rest = start < 0 ? "" : body.slice(start + 2);
  const stop = rest.search(/^--/m);
  return stop < 0 ? rest : rest.slice(0, stop);
}
