// When the connection below a page may have changed without a word: the browser
// says "online", the kind of network changes, the machine wakes up, or somebody
// comes back to a tab that slept.

const tick = 5_000;
const slept = 20_000;
const hiddenFor = 60_000;

interface Connection {
  addEventListener?(type: "change", f: () => void): void;
}

/** watchNetwork calls changed whenever a connection should not be believed in any more. */
export function watchNetwork(changed: () => void): void {
  addEventListener("online", changed);
  (navigator as { connection?: Connection }).connection?.addEventListener?.("change", () => navigator.onLine && changed());
  let last = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - last > slept) changed();
    last = now;
  }, tick);
  let hidden = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hidden = Date.now();
    else if (hidden && Date.now() - hidden > hiddenFor) changed();
  });
}
