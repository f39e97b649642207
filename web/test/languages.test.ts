import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { key, languages, speak, t, wanted } from "../src/say";

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? sources(`${dir}/${e.name}`) : /\.tsx?$/.test(e.name) ? [`${dir}/${e.name}`] : []));
}

/** sentences are all that the phone says: what stands in t("…") and key("…"). */
function sentences(): Set<string> {
  const found = new Set<string>();
  for (const path of sources("src").filter((p) => !p.includes("/console/"))) {
    for (const m of readFileSync(path, "utf8").matchAll(/\b(?:t|key)\(\s*"((?:[^"\\]|\\.)*)"/g)) if (m[1]) found.add(JSON.parse(`"${m[1]}"`));
    // The second half of a choice: t(a ? "x" : "y") would escape the search above.
    assert.doesNotMatch(readFileSync(path, "utf8"), /\bt\([^"()?]*\?\s+"/, `${path}: write t("…") in each branch`);
  }
  return found;
}

const places = (s: string) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

for (const tag of Object.keys(languages).filter((l) => l !== "en")) {
  test(`${tag} says every sentence, with the same places, and none that nobody says`, () => {
    const words = JSON.parse(readFileSync(`src/languages/${tag}.json`, "utf8")) as Record<string, string>;
    const said = sentences();
    assert.deepEqual([...said].filter((s) => !words[s]), [], "not translated");
    assert.deepEqual(Object.keys(words).filter((s) => !said.has(s)), [], "translated for nobody");
    for (const [en, there] of Object.entries(words)) assert.deepEqual(places(there), places(en), en);
  });
}

test("the page names a file for each language", () => {
  const page = readFileSync("src/index.html", "utf8");
  for (const tag of Object.keys(languages).filter((l) => l !== "en")) assert.ok(page.includes(`hreflang="${tag}" href="/assets/{{${tag}.json}}"`), tag);
});

test("the language is the chosen one, else the browser's first that there is", () => {
  assert.equal(wanted("fr", ["de-DE"]), "fr");
  assert.equal(wanted("xx", ["pt-BR", "es-AR", "de"]), "es");
  assert.equal(wanted(null, ["zh-Hant-TW"]), "zh");
  assert.equal(wanted(null, ["sv"]), "en");
});

test("a sentence keeps its values, and English stands in where a language lacks it", () => {
  speak("de", { "Calling {who}": "{who} wird angerufen" });
  assert.equal(t("Calling {who}", { who: "Ben" }), "Ben wird angerufen");
  assert.equal(t("Hold"), "Hold");
  assert.equal(t("{a} and {b}", { a: 1 }), "1 and {b}");
  assert.equal(key("Busy"), "Busy");
  speak("en", {});
});
