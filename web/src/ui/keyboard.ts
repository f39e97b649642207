import type { Signal } from "@preact/signals";
import { action, switchTo, type Scene } from "../keys";
import type { Phone } from "../model/phone";

/** bindKeys lets the whole page be a telephone; it returns how to undo that. */
export function bindKeys(phone: Phone, helpOpen: Signal<boolean>): () => void {
  const onKey = (e: KeyboardEvent) => {
    const to = phone.calls.value.filter((c) => c.live.value && c.state.value !== "incoming")[switchTo(e)];
    if (to) {
      e.preventDefault();
      return phone.swap(to);
    }
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    const act = action(e.key, scene(phone, e.target, helpOpen.value));
    // A held key is one digit and one command, not thirty.
    if (!act || (e.repeat && act.do !== "erase")) return;
    e.preventDefault();
    perform(phone, act, helpOpen);
    if (act.do === "digit") focusNumber();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

/**
 * focusNumber moves the focus to the number that is being typed, where there is
 * one: Enter then calls it, and not whatever was pressed before.
 */
function focusNumber(): void {
  document.querySelector<HTMLInputElement>("[data-keys=number]")?.focus();
}

function perform(phone: Phone, act: NonNullable<ReturnType<typeof action>>, helpOpen: Signal<boolean>): void {
  switch (act.do) {
    case "digit":
      return phone.digit(act.digit);
    case "call":
      return void (phone.transfers.asking.value ? phone.transfers.consult() : phone.dial());
    case "answer":
      return void phone.answer();
    case "decline":
      return phone.decline();
    case "hangup":
      return phone.hangup();
    case "mute":
      return phone.toggleMute();
    case "hold":
      return phone.toggleHold();
    case "transfer":
      return phone.transfers.begin();
    case "cancel-transfer":
      return phone.transfers.cancel();
    case "erase":
      phone.number.value = phone.number.value.slice(0, -1);
      return;
    case "help":
      helpOpen.value = true;
      return;
    case "close-help":
      helpOpen.value = false;
      return;
  }
}

function scene(phone: Phone, target: EventTarget | null, help: boolean): Scene {
  const call = phone.current.value;
  return {
    incoming: phone.incoming.value.length > 0,
    call: !call?.live.value || phone.adding.value ? "none" : call.talking.value ? "talking" : "calling",
    focus: focusOf(target),
    helpOpen: help,
    transferring: !!phone.transfers.asking.value,
  };
}

function focusOf(target: EventTarget | null): Scene["focus"] {
  if (!(target instanceof HTMLElement)) return "elsewhere";
  if (target.dataset.keys === "number") return "number";
  if (target.matches("input, textarea, select, [contenteditable]")) return "field";
  return target.matches("button, a, summary") ? "control" : "elsewhere";
}
