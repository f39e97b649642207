// What the phone says, in the language of whoever uses it. The English sentence
// is the key: it stands where it is used, and is what is said where a language
// lacks it.

export type Values = Record<string, string | number>;

/** languages are those that there is a file for, by their own names. */
export const languages: Record<string, string> = { en: "English", de: "Deutsch", es: "Español", fr: "Français", ja: "日本語", zh: "中文" };

const stored = "tandem.language";
let words: Record<string, string> = {};
let spoken = "en";

/** t says a sentence; {name} in it is replaced by the value of that name. */
export function t(text: string, values: Values = {}): string {
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** key marks a sentence that is said elsewhere, by t of a variable. */
export const key = (text: string): string => text;

/** language is the one that is spoken now. */
export const language = (): string => spoken;

/** wanted is the language that was chosen, or the first of the browser's that there is. */
export function wanted(chosen: string | null, preferred: readonly string[]): string {
  if (chosen && chosen in languages) return chosen;
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split("-")[0] ?? "";
    if (primary in languages) return primary;
  }
  return "en";
}

/** speak takes a language's sentences into use. */
export function speak(tag: string, sentences: Record<string, string>): void {
  spoken = tag;
  words = sentences;
}

/** loadLanguage fetches the sentences that the page names; without them it is English. */
export async function loadLanguage(): Promise<void> {
  const tag = wanted(localStorage.getItem(stored), navigator.languages ?? [navigator.language]);
  const file = document.querySelector<HTMLLinkElement>(`link[hreflang="${tag}"]`)?.href;
  if (!file) return;
  try {
    const res = await fetch(file, { signal: AbortSignal.timeout(5_000) });
    if (!res.ok) return;
    speak(tag, (await res.json()) as Record<string, string>);
    document.documentElement.lang = tag;
  } catch {
    // A phone in English is better than none.
  }
}

/** chooseLanguage takes effect with the page opened anew. */
export function chooseLanguage(tag: string): void {
  localStorage.setItem(stored, tag);
  location.reload();
}
