import type { Signal } from "@preact/signals";
import { key, t } from "../say";
import { useEffect, useRef } from "preact/hooks";

const keys: Array<[string, string]> = [
  ["0–9 * #", key("Dial; during a call, send digits")],
  ["Enter", key("Call, or answer")],
  ["Esc", key("Decline, or hang up")],
  ["M", key("Mute the microphone")],
  ["H", key("Hold and resume")],
  ["T", key("Transfer; while asking, connect both")],
  ["Alt 1–4", key("Go to another call")],
  ["?", key("This help")],
];

/** Help is a dialog with the keys of the phone. */
export function Help({ open }: { open: Signal<boolean> }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open.value && !dialog.current?.open) dialog.current?.showModal();
    if (!open.value && dialog.current?.open) dialog.current.close();
  }, [open.value]);
  return (
    <dialog class="card help" ref={dialog} aria-labelledby="help-title" data-testid="help-dialog" onClose={() => (open.value = false)}>
      <h2 id="help-title">{t("Keys")}</h2>
      <dl>
        {keys.map(([k, what]) => (
          <div key={k}>
            <dt>
              <kbd>{k}</kbd>
            </dt>
            <dd>{t(what)}</dd>
          </div>
        ))}
      </dl>
      <p class="muted small">{t("A number may be pasted as it is written: spaces, brackets and “tel:” are cleaned up. An empty field and Enter brings the last number back.")}</p>
      <button type="button" class="primary wide" onClick={() => (open.value = false)}>
        {t("Close")}
      </button>
    </dialog>
  );
}
