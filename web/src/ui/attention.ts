import { t } from "../say";
import { nameOf, type Phone } from "../model/phone";

let flashing = 0;

/** flashTitle alternates the tab's title while a call rings, and names a call that goes on. */
export function flashTitle(phone: Phone): void {
  clearInterval(flashing);
  const ringing = phone.incoming.value[0];
  const call = phone.current.value;
  const me = phone.account.value?.user;
  const calm = call?.live.value ? `${call.title.value} · tandem` : me ? `${me} · tandem` : "tandem";
  document.title = calm;
  if (!ringing) return;
  const loud = `\u{1F4DE} ${t("{who} is calling", { who: nameOf(ringing.party.value) })}`;
  document.title = loud;
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  flashing = setInterval(() => {
    document.title = document.title === loud ? calm : loud;
  }, 900) as unknown as number;
}

const shown = new Map<string, Notification>();

/** notifyIncoming shows a desktop notification for a call that rings in a hidden tab. */
export function notifyIncoming(phone: Phone): void {
  const ringing = new Set<string>();
  for (const c of phone.incoming.value) {
    ringing.add(c.id);
    if (shown.has(c.id) || !document.hidden || !allowed()) continue;
    const n = show(nameOf(c.party.value), c.id);
    if (n) shown.set(c.id, n);
  }
  for (const [id, n] of shown) {
    if (ringing.has(id)) continue;
    n.close();
    shown.delete(id);
  }
}

function allowed(): boolean {
  return typeof Notification !== "undefined" && Notification.permission === "granted";
}

function show(who: string, id: string): Notification | null {
  try {
    const n = new Notification(t("{who} is calling", { who }), { body: t("Click to open the phone"), tag: id, requireInteraction: true });
    n.onclick = () => {
      window.focus();
      n.close();
    };
    return n;
  } catch {
    // Some mobile browsers have the name but only allow it from a service worker.
    return null;
  }
}
