// Firefox, worked from another process over WebDriver BiDi: a line of JSON on
// standard input is a wish ({id, tab, open} or {id, tab, evaluate}), and one on
// standard output what came of it ({id, value} or {id, error}). The microphone is a
// fake one, which needs no permission; where there is no sound card, sound goes to
// a fake device, without which an AudioContext never starts. Arguments: the program,
// and the address of all names, or nothing.
import puppeteer from 'puppeteer-core';
import { createInterface } from 'node:readline';

const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: process.argv[2],
  headless: true,
  acceptInsecureCerts: true,
  extraPrefsFirefox: {
    'media.navigator.streams.fake': true,
    'media.navigator.permission.disabled': true,
    'media.autoplay.default': 0,
    'media.cubeb.force_mock_context': true,
    'media.peerconnection.ice.loopback': true,
    'network.manage-offline-status': false,
    ...(process.argv[3] ? { 'network.dns.forceResolve': process.argv[3] } : {}),
  },
});
const tabs = new Map();
const acts = {
  async open(wish) {
    const page = await browser.newPage();
    tabs.set(wish.tab, page);
    await page.goto(wish.open);
  },
  evaluate: (wish) => tabs.get(wish.tab).evaluate(wish.evaluate),
};
const answer = (o) => process.stdout.write(JSON.stringify(o) + '\n');
answer({ id: 0 });
for await (const line of createInterface({ input: process.stdin })) {
  const wish = JSON.parse(line);
  acts['open' in wish ? 'open' : 'evaluate'](wish).then(
    (value) => answer({ id: wish.id, value }),
    (e) => answer({ id: wish.id, error: String(e) }),
  );
}
await browser.close();
