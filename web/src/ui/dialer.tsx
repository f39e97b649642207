import { useEffect, useRef } from "preact/hooks";
import type { Phone } from "../model/phone";
import { cleanNumber } from "../numbers";
import { key, t } from "../say";
import { Icon } from "./icons";

const keys: Array<[string, string]> = [
  ["1", ""], ["2", "ABC"], ["3", "DEF"],
  ["4", "GHI"], ["5", "JKL"], ["6", "MNO"],
  ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"],
  ["*", ""], ["0", "+"], ["#", ""],
];

const spoken: Record<string, string> = { "*": "star", "#": "pound" };
const aloud: Record<string, string> = { "*": key("star"), "#": key("pound") };

/** Keypad is twelve keys; a long press of 0 gives + where that is wanted. */
export function Keypad({ press, plus }: { press: (d: string) => void; plus?: boolean }) {
  const held = useRef<number>(0);
  const long = useRef(false);
  const down = (d: string) => {
    long.current = false;
    if (!plus || d !== "0") return;
    held.current = setTimeout(() => {
      long.current = true;
      press("+");
    }, 550) as unknown as number;
  };
  const up = () => clearTimeout(held.current);
  return (
    <div class="keypad" role="group" aria-label={t("Keypad")}>
      {keys.map(([d, letters]) => (
        <button
          key={d}
          type="button"
          data-testid={`key-${spoken[d] ?? d}`}
          aria-label={aloud[d] && t(aloud[d])}
          onPointerDown={() => down(d)}
          onPointerUp={up}
          onPointerLeave={up}
          onClick={() => {
            if (!long.current) press(d);
            long.current = false;
          }}
        >
          <span class="digit">{d}</span>
          <span class="letters">{letters}</span>
        </button>
      ))}
    </div>
  );
}

/** Dialer is the screen between calls: a number, twelve keys, one green button. */
export function Dialer({ phone }: { phone: Phone }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // Where there is a keyboard, typing can start at once; on touch the field would raise one.
    if (matchMedia("(pointer: fine)").matches) field.current?.focus({ preventScroll: true });
  }, []);
  const paste = (e: ClipboardEvent) => {
    const text = e.clipboardData?.getData("text/plain") ?? "";
    const clean = cleanNumber(text, phone.account.value?.domain ?? "");
    if (!clean) return;
    e.preventDefault();
    const f = e.currentTarget as HTMLInputElement;
    f.setRangeText(clean, f.selectionStart ?? 0, f.selectionEnd ?? f.value.length, "end");
    phone.number.value = f.value;
  };
  const asking = phone.transfers.asking.value;
  const ready = phone.registration.value.state === "registered";
  const call = (e: Event) => {
    e.preventDefault();
    if (asking) void phone.transfers.consult();
    else void phone.dial();
  };
  const typed = phone.number.value;
  return (
    <form class="card dialer" data-testid="dialer" onSubmit={call} aria-label={asking ? t("Transfer {who} to", { who: asking.title.value }) : t("Dial")}>
      {asking && (
        <h2 class="asking" data-testid="transferring">
          {t("Transfer {who} to", { who: asking.title.value })}
        </h2>
      )}
      <div class="number">
        <label class="visually-hidden" for="number">
          {t("Number or name")}
        </label>
        <input
          id="number"
          ref={field}
          data-testid="number"
          data-keys="number"
          type="text"
          inputMode="tel"
          placeholder={t("Number or name")}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxLength={160}
          value={phone.number.value}
          onInput={(e) => (phone.number.value = e.currentTarget.value)}
          onPaste={paste}
        />
        <button
          type="button"
          class="ghost erase"
          aria-label={t("Erase last character")}
          data-testid="erase"
          hidden={!phone.number.value}
          onClick={() => (phone.number.value = phone.number.value.slice(0, -1))}
        >
          <Icon name="erase" />
        </button>
      </div>
      <Keypad press={(d) => phone.digit(d)} plus />
      {asking ? (
        <Sending phone={phone} />
      ) : (
        <div class="callrow">
          <button class="round call" type="submit" aria-label={typed ? t("Call {number}", { number: typed }) : t("Call")} data-testid="call" disabled={!ready}>
            <Icon name="call" size={30} />
          </button>
          <button class="round video" type="button" aria-label={typed ? t("Call {number} with video", { number: typed }) : t("Call with video")} title={t("Call with video")} data-testid="call-video" disabled={!ready} onClick={() => void phone.dial(typed, { camera: true })}>
            <Icon name="camera" size={24} />
          </button>
        </div>
      )}
    </form>
  );
}

/** Sending is what can be done with a number that a call is to go to. */
function Sending({ phone }: { phone: Phone }) {
  const none = !phone.number.value.trim();
  return (
    <div class="actions two">
      <button type="submit" class="primary" data-testid="ask-first" title="Enter" disabled={none}>
        <Icon name="call" size={20} /> {t("Ask first")}
      </button>
      <button type="button" class="secondary" data-testid="transfer-now" disabled={none} onClick={() => phone.transfers.blind()}>
        <Icon name="transfer" size={20} /> {t("Transfer now")}
      </button>
      <button type="button" class="ghost wide all" data-testid="transfer-cancel" title="Esc" onClick={() => phone.transfers.cancel()}>
        {t("Cancel")}
      </button>
    </div>
  );
}
