import { signal } from "@preact/signals";

// Light, dark, or as the system is. The colors are those of css/base.css, where the
// dark ones stand below one media query: that is told to hold always, or never.

export type Theme = "system" | "light" | "dark";

const key = "tandem.theme";

export const theme = signal<Theme>("system");

/** systemDark is whether the system is dark now: what is drawn once is drawn again when that changes. */
export const systemDark = signal(false);

const dark = "(prefers-color-scheme: dark)";
const media: Record<Theme, string> = { system: dark, light: "not all", dark: "all" };

let rules: CSSMediaRule[] | undefined;

function darkRules(): CSSMediaRule[] {
  const all = [...document.styleSheets].flatMap((s) => [...s.cssRules]);
  return all.filter((r): r is CSSMediaRule => r instanceof CSSMediaRule && r.media.mediaText.includes("prefers-color-scheme: dark"));
}

export function setTheme(t: Theme) {
  rules ??= darkRules();
  for (const r of rules) r.media.mediaText = media[t];
  document.documentElement.style.colorScheme = t === "system" ? "" : t;
  theme.value = t;
  try {
    t === "system" ? localStorage.removeItem(key) : localStorage.setItem(key, t);
  } catch {
    // A browser that keeps nothing forgets it with the page.
  }
}

export function restoreTheme() {
  const system = matchMedia(dark);
  systemDark.value = system.matches;
  system.addEventListener("change", () => (systemDark.value = system.matches));
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(key);
  } catch {
    // As above.
  }
  if (kept === "light" || kept === "dark") setTheme(kept);
}
