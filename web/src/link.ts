import { cleanNumber } from "./numbers";

/** dialOf is the number of a #dial= link, "" where there is none. */
export function dialOf(hash: string, domain = ""): string {
  const m = /^#dial=(.{1,400})$/.exec(hash);
  if (!m) return "";
  let text = m[1] ?? "";
  try {
    text = decodeURIComponent(text);
  } catch {
    return "";
  }
  return cleanNumber(text, domain);
}
