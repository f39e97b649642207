import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

const keys: Array<[string, string]> = [
  ["0–9 * #", "Dial; during a call, send digits"],
  ["Enter", "Call, or answer"],
  ["Esc", "Decline, or hang up"],
  ["M", "Mute the microphone"],
  ["H", "Hold and resume"],
  ["?", "This help"],
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
      <h2 id="help-title">Keys</h2>
      <dl>
        {keys.map(([k, what]) => (
          <div key={k}>
            <dt>
              <kbd>{k}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="muted small">A number may be pasted as it is written: spaces, brackets and “tel:” are cleaned up. An empty field and Enter brings the last number back.</p>
      <button type="button" class="primary wide" onClick={() => (open.value = false)}>
        Close
      </button>
    </dialog>
  );
}
