// Opens a link in Firefox over WebDriver BiDi, presses one button of the web
// phone, waits until the call stands and has sounded for some seconds, hangs up,
// and writes what came of it to standard output. Where there is no sound card
// Firefox decodes but does not play: what it says of the energy of the sound must
// do. Arguments: the program, the link, the button.
import puppeteer from 'puppeteer-core';
import { readFileSync } from 'node:fs';

const [program, link, button] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: program,
  headless: true,
  extraPrefsFirefox: {
    'media.navigator.streams.fake': true,
    'media.navigator.permission.disabled': true,
    'media.autoplay.default': 0,
    'media.peerconnection.ice.loopback': true,
  },
});
const result = { registered: false, state: '', inbound: {}, ended: false, log: [] };
let page;
try {
  page = await browser.newPage();
  page.on('console', (m) => result.log.push(m.text()));
  await page.evaluateOnNewDocument(readFileSync(new URL('ear.js', import.meta.url), 'utf8'));
  await page.goto(link);
  await page.waitForSelector('[data-testid=registration][data-state=registered]', { timeout: 20000 });
  result.registered = true;
  await page.click(`[data-testid="${button}"]`);
  await page.waitForSelector('[data-testid=call-card][data-state=talking]', { timeout: 20000 });
  result.state = await page.$eval('[data-testid=call-card]', (e) => e.dataset.state);
  await page.waitForFunction('window.ear.inbound().then((i) => i.packets > 100 && i.energy > 0.001)', { timeout: 20000, polling: 200 });
  result.inbound = await page.evaluate('window.ear.inbound()');
  await page.click('[data-testid=hangup]');
  await page.waitForFunction('document.querySelector("[data-testid=call-card]")?.dataset.state !== "talking"', { timeout: 10000 });
  result.ended = true;
} catch (e) {
  result.error = String(e);
  if (page) result.inbound = await page.evaluate('window.ear.inbound()').catch(() => ({}));
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(result));
