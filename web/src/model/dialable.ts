import type { ReadonlySignal, Signal } from "@preact/signals";
import type { Account, Registration } from "../engine/engine";
import { cleanNumber } from "../numbers";
import { t } from "../say";
import type { PhoneCall } from "./call";

/** maxCalls at once; a further one hears busy. */
export const maxCalls = 4;

/** Dials is what of the phone says whether something can be called, and is told why not. */
export interface Dials {
  readonly account: ReadonlySignal<Account | null>;
  readonly registration: ReadonlySignal<Registration>;
  readonly calls: ReadonlySignal<PhoneCall[]>;
  readonly number: Signal<string>;
  readonly lastNumber: ReadonlySignal<string>;
  tell(title: string, detail: string): void;
}

/** dialable is the number in a text if it can be called now; else "", and the phone says why not. */
export function dialable(phone: Dials, text: string): string {
  const number = cleanNumber(text, phone.account.value?.domain ?? "");
  if (!number) {
    if (text.trim()) phone.tell(t("This cannot be called"), t("“{text}” is not a number or a name.", { text: text.trim().slice(0, 60) }));
    else if (phone.lastNumber.value) phone.number.value = phone.lastNumber.value;
    return "";
  }
  if (phone.registration.value.state !== "registered") {
    phone.tell(t("Not registered"), t("Calls can be made once the phone is registered."));
    return "";
  }
  if (phone.calls.value.filter((c) => c.live.value).length >= maxCalls) {
    phone.tell(t("Enough calls"), t("{count} calls are open. End one first.", { count: maxCalls }));
    return "";
  }
  return number;
}
