import type { Text } from "./engine";
import type { UserAgent } from "./ua";

// What a phone shows; more is no message of a person.
const longest = 8_000;

/** sendText sends a MESSAGE (RFC 3428) and resolves with the status of its answer. */
export function sendText(ua: UserAgent, uri: string, text: string): Promise<number> {
  return new Promise((resolve) => {
    const over = (e: { response?: { status_code?: number } | null }) => resolve(e.response?.status_code ?? 0);
    try {
      ua.sendMessage(uri, text, { contentType: "text/plain;charset=UTF-8", eventHandlers: { succeeded: over, failed: over } });
    } catch {
      resolve(0);
    }
  });
}

interface Incoming {
  originator: string;
  message: { reject(options: object): void };
  request: { body?: string; from: { display_name?: string; uri: { user: string; host: string } }; getHeader(name: string): string | undefined };
}

/** takeText hands an incoming MESSAGE on; what is no text is refused with 415, what nobody wants with 480. */
export function takeText(e: Incoming, take: (t: Text) => boolean, decode: (user: string) => string): void {
  if (e.originator !== "remote") return;
  const { request } = e;
  const type = (request.getHeader("Content-Type") ?? "text/plain").toLowerCase();
  if (!/^text\/(plain|html)\b/.test(type)) return e.message.reject({ status_code: 415 });
  let text = String(request.body ?? "").slice(0, longest);
  if (type.startsWith("text/html")) text = plainText(text);
  const at = Date.parse(request.getHeader("Date") ?? "");
  const { from } = request;
  const party = { number: decode(from.uri.user) || from.uri.host, name: from.display_name || "" };
  if (!take({ from: party, text, at: Number.isNaN(at) ? 0 : at })) e.message.reject({ status_code: 480 });
}

/** plainText is what a page would show of a piece of HTML, which nothing here ever does. */
function plainText(html: string): string {
  return new DOMParser().parseFromString(html, "text/html").body.textContent ?? "";
}
