// Builds web/dist, or with --tests and --fixture what only developers need.
// Two runs over the same sources give the same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
process.chdir(here);

const common = {
  bundle: true,
  charset: "utf8",
  jsx: "automatic",
  jsxImportSource: "preact",
  target: ["chrome115", "firefox115", "safari16.4"],
  logLevel: "warning",
};

const sha256 = (data) => createHash("sha256").update(data).digest("hex");

function filesBelow(dir) {
  return readdirSync(dir, { withFileTypes: true })
    .flatMap((e) => (e.isDirectory() ? filesBelow(`${dir}/${e.name}`) : [`${dir}/${e.name}`]))
    .sort();
}

// The same list and the same digest as web_test.go computes without Node: each
// file as "path NUL length NUL bytes", paths sorted by their bytes.
function sourceDigest() {
  const inputs = [...filesBelow("src"), "build.mjs", "package-lock.json", "package.json", "tsconfig.json"].sort();
  const h = createHash("sha256");
  for (const path of inputs) {
    const data = readFileSync(path);
    h.update(`${path}\0${data.length}\0`).update(data);
  }
  return h.digest("hex");
}

function build(entry, out, format = "esm") {
  const result = esbuild.buildSync({
    ...common,
    entryPoints: [entry],
    outfile: out,
    format,
    minify: true,
    legalComments: "none",
    write: false,
  });
  return Buffer.from(result.outputFiles[0].contents);
}

// The console, with what is loaded later (the charts) in files of their own.
function buildConsole() {
  const { outputFiles } = esbuild.buildSync({
    ...common,
    entryPoints: { console: "src/console/main.tsx" },
    outdir: "out",
    format: "esm",
    splitting: true,
    chunkNames: "[name]-[hash]",
    minify: true,
    legalComments: "none",
    write: false,
  });
  const later = outputFiles.filter((f) => basename(f.path) !== "console.js");
  return { entry: Buffer.from(outputFiles.find((f) => basename(f.path) === "console.js").contents), later };
}

// What is bundled asks for its notice to go with it.
function licenses() {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const parts = Object.entries(lock.packages)
    .filter(([path, p]) => path && !p.dev && !p.peer)
    .map(([path, p]) => {
      const file = readdirSync(path).find((f) => /^licen[cs]e/i.test(f));
      const text = file ? readFileSync(join(path, file), "utf8") : readFileSync(join(path, "README.md"), "utf8").split(/^#+ licen[cs]e.*$/im)[1];
      if (!text) throw new Error(`${path} has no licence text`);
      return `${path.replace(/^.*node_modules\//, "")} ${p.version}\n\n${text.trim().replace(/\r\n/g, "\n")}\n`;
    });
  return `The web phone and the console contain these packages.\n\n${parts.join(`\n${"-".repeat(72)}\n\n`)}`;
}

function buildDist() {
  rmSync("dist", { recursive: true, force: true });
  mkdirSync("dist/assets", { recursive: true });
  const { entry, later } = buildConsole();
  const assets = {
    "favicon.svg": readFileSync("src/favicon.svg"),
    "phone.css": build("src/phone.css", "phone.css"),
    "maskable.svg": readFileSync("src/maskable.svg"),
    "phone.js": build("src/main.tsx", "phone.js"),
    "console.css": build("src/console/console.css", "console.css"),
    "console.js": entry,
  };
  for (const path of filesBelow("src/languages")) assets[basename(path)] = JSON.stringify(JSON.parse(readFileSync(path, "utf8")));
  const names = {};
  for (const [name, data] of Object.entries(assets)) {
    const ext = extname(name);
    names[name] = `${basename(name, ext)}-${sha256(data).slice(0, 10)}${ext}`;
    writeFileSync(join("dist/assets", names[name]), data);
  }
  for (const f of later) writeFileSync(join("dist/assets", basename(f.path)), f.contents); // their names hold esbuild's hash
  for (const [page, source] of [["index.html", "src/index.html"], ["phone.webmanifest", "src/phone.webmanifest"], ["console.html", "src/console/console.html"]]) {
    const text = readFileSync(source, "utf8").replace(/\{\{([\w.]+)\}\}/g, (_, name) => {
      if (!names[name]) throw new Error(`${page} names ${name}, which is not built`);
      return names[name];
    });
    writeFileSync(join("dist", page), text);
  }
  // At the top: a service worker serves what is below it, and other sites know one name.
  writeFileSync("dist/sw.js", build("src/sw.ts", "sw.js", "iife"));
  writeFileSync("dist/embed.js", build("src/embed.ts", "embed.js", "iife"));
  writeFileSync("dist/licenses.txt", licenses());
  const files = {};
  for (const path of filesBelow("dist")) files[path.slice("dist/".length)] = sha256(readFileSync(path));
  const manifest = { sources: sourceDigest(), esbuild: esbuild.version, assets: names, files };
  writeFileSync("dist/BUILD.json", JSON.stringify(manifest, null, 2) + "\n");
}

function buildTests() {
  rmSync(".build/test", { recursive: true, force: true });
  esbuild.buildSync({
    ...common,
    entryPoints: filesBelow("test").filter((p) => p.endsWith(".test.ts")),
    outdir: ".build/test",
    outExtension: { ".js": ".mjs" },
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["jssip"],
  });
}

function buildFixture() {
  mkdirSync(".build/fixture", { recursive: true });
  esbuild.buildSync({ ...common, entryPoints: ["fixture/fixture.tsx", "src/phone.css"], outdir: ".build/fixture", outbase: ".", format: "esm" });
}

if (process.argv.includes("--tests")) buildTests();
else if (process.argv.includes("--fixture")) buildFixture();
else buildDist();
