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

const shown = new Map<string, () => void>();
let worker: ServiceWorkerRegistration | null = null;

/** startWorker lets the browser install the page, and notifications carry buttons. */
export function startWorker(): void {
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  void navigator.serviceWorker.register("/sw.js").then(
    (r) => (worker = r),
    () => {},
  );
}

/** answerNotifications does what was pressed on a notification. */
export function answerNotifications(phone: Phone): void {
  navigator.serviceWorker?.addEventListener("message", (e) => {
    const { notification, call } = (e.data ?? {}) as { notification?: string; call?: string };
    const ringing = phone.incoming.value.find((c) => c.id === call);
    if (notification === "answer" && ringing) void phone.answer(ringing);
    if (notification === "decline" && ringing) phone.decline(ringing);
  });
}

/** notifyIncoming shows a desktop notification for a call that rings in a hidden tab. */
export function notifyIncoming(phone: Phone): void {
  const ringing = new Set<string>();
  for (const c of phone.incoming.value) {
    ringing.add(c.id);
    if (shown.has(c.id) || !document.hidden || !allowed()) continue;
    shown.set(c.id, show(nameOf(c.party.value), c.id));
  }
  for (const [id, close] of shown) {
    if (ringing.has(id)) continue;
    close();
    shown.delete(id);
  }
}

function allowed(): boolean {
  return typeof Notification !== "undefined" && Notification.permission === "granted";
}

/** show returns how to take the notification away again. */
function show(who: string, id: string): () => void {
  const title = t("{who} is calling", { who });
  const options = { body: t("Click to open the phone"), tag: id, requireInteraction: true, data: id };
  if (worker?.active) {
    const actions = [
      { action: "answer", title: t("Answer") },
      { action: "decline", title: t("Decline") },
    ];
    void worker.showNotification(title, { ...options, actions } as NotificationOptions).catch(() => {});
    return () => void worker?.getNotifications({ tag: id }).then((all) => all.forEach((n) => n.close()));
  }
  try {
    const n = new Notification(title, options);
    n.onclick = () => {
      window.focus();
      n.close();
    };
    return () => n.close();
  } catch {
    // Some mobile browsers have the name but only allow it from a service worker.
    return () => {};
  }
}
