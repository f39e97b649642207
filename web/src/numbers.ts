// What people paste into the number field, made into what can be called.

const invisible = /[\u0000-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const phoneLike = /^[+0-9*#A-D().\-\/\s\u2010-\u2015]+$/;

/** limit is more than any number or name has; longer text is not an address. */
export const limit = 128;

/**
 * cleanNumber turns pasted or typed text into the user part of an address:
 * schemes, parameters and visual separators go (RFC 3966 §5.1.1), a trunk
 * prefix in brackets goes after a country code, letters that form a name stay,
 * and our own domain is cut off. It returns "" when nothing callable is left.
 */
export function cleanNumber(text: string, domain = ""): string {
  let s = text.normalize("NFKC").replace(invisible, "").trim();
  s = s.replace(/^<(.*)>$/, "$1").replace(/^(?:sips?|tel|callto):(?:\/\/)?/i, "");
  s = s.replace(/[;?].*$/, "");
  s = unescape(s).replace(invisible, "").trim();
  if (phoneLike.test(s)) return tidyDigits(s);
  s = s.replace(/\s+/g, "");
  const at = s.lastIndexOf("@");
  if (at >= 0) {
    const user = s.slice(0, at);
    const host = s.slice(at + 1);
    if (!user || !/^[A-Za-z0-9.\-:[\]]+$/.test(host)) return "";
    if (host.toLowerCase() === domain.toLowerCase()) return cleanNumber(user);
    s = (phoneLike.test(user) ? tidyDigits(user) : user) + "@" + host;
  }
  return s.length <= limit && /^[^\s"<>@]+(@[^\s"<>@]+)?$/.test(s) ? s : "";
}

function tidyDigits(s: string): string {
  const international = /^\s*\(?\+/.test(s);
  if (international) s = s.replace(/\(0\)/, "");
  s = s.replace(/[^0-9*#A-D]/g, "");
  if (s.length > limit) return "";
  return international && s ? "+" + s : s;
}

function unescape(s: string): string {
  try {
    return decodeURIComponent(s);
  } catch {
    return s;
  }
}

/** initials gives at most two letters for the round picture of a party. */
export function initials(name: string, number: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return number.replace(/[^0-9A-Za-z]/g, "").slice(-2) || "?";
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : ""].map((w) => [...(w ?? "")][0] ?? "");
  return letters.join("").toUpperCase();
}
