import type { Row } from "./ladder/model";
import { diff, type DiffLine } from "./ladder/diff";

// Session descriptions of a call: each as it came in, beside what tandem sent on
// because of it, so that what was changed is seen.

/** Passed is a description that came from one leg and the one that went to another. */
export interface Passed {
  title: string;
  came: Row | null;
  went: Row | null;
  lines: DiffLine[];
}

/** kindOf tells an offer from an answer by where it stands (RFC 3264 §5, RFC 3261 §13.2.1). */
export function kindOf(r: Row, before: Row[]): "offer" | "answer" {
  if (r.sip!.method && r.sip!.method !== "ACK" && r.sip!.method !== "PRACK") return "offer";
  const asked = before.some((o) => o.item.leg === r.item.leg && o.item.in !== r.item.in && o.sip?.sdp && o.sip.cseq.split(" ")[0] === r.sip!.cseq.split(" ")[0]);
  return asked ? "answer" : "offer";
}

/**
 * passedOf pairs each description that came in with the next of its kind that went
 * out to another leg. What has no partner stands alone: it was made or kept by tandem.
 */
export function passedOf(rows: Row[]): Passed[] {
  const with_ = rows.filter((r) => r.sip?.sdp && !r.repeat);
  const kinds = new Map(with_.map((r) => [r, kindOf(r, with_.filter((o) => o.index < r.index))]));
  const used = new Set<Row>();
  const out: Passed[] = [];
  for (const r of with_) {
    if (used.has(r)) continue;
    used.add(r);
    const went = r.item.in ? (with_.find((o) => !used.has(o) && !o.item.in && o.index > r.index && o.item.leg !== r.item.leg && kinds.get(o) === kinds.get(r)) ?? null) : null;
    if (went) used.add(went);
    out.push({
      title: `${kinds.get(r) === "offer" ? "Offer" : "Answer"} in ${r.label}`,
      came: r.item.in ? r : null,
      went: r.item.in ? went : r,
      lines: diff(r.sip!.sdp, (went ?? r).sip!.sdp),
    });
  }
  return out;
}

/** meaning says what a line of a description is for, shown where the pointer rests. */
export function meaning(line: string): string {
  const known: Array<[RegExp, string]> = [
    [/^c=/, "where media is to be sent"],
    [/^m=/, "a stream: kind, port, profile, formats in order of preference"],
    [/^a=rtpmap:/, "what a format is"],
    [/^a=fmtp:/, "parameters of a format"],
    [/^a=candidate:/, "an address that ICE tries"],
    [/^a=ice-/, "ICE's credentials and options"],
    [/^a=fingerprint:/, "the certificate of DTLS"],
    [/^a=setup:/, "who begins DTLS"],
    [/^a=crypto:/, "a key of SDES"],
    [/^a=ptime:/, "milliseconds of sound in a packet"],
    [/^a=(sendrecv|sendonly|recvonly|inactive)/, "the direction: held where it is not both"],
    [/^a=rtcp/, "reports of quality"],
  ];
  return known.find(([re]) => re.test(line))?.[1] ?? "";
}
