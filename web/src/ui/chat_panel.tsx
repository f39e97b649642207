import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { maxText, type Line, type Thread } from "../model/chat";
import type { Phone } from "../model/phone";
import { cleanNumber } from "../numbers";
import { t } from "../say";
import { when } from "./history_panel";
import { Icon } from "./icons";

/** ChatPanel is the list of threads, or the one that is open. */
export function ChatPanel({ phone }: { phone: Phone }) {
  const open = phone.chat.open.value;
  return open ? <OpenThread phone={phone} thread={phone.chat.thread(open)} /> : <Threads phone={phone} />;
}

function Threads({ phone }: { phone: Phone }) {
  const threads = phone.chat.threads.value;
  const to = useSignal("");
  const begin = (e: Event) => {
    e.preventDefault();
    const number = cleanNumber(to.value, phone.account.value?.domain ?? "");
    if (number) phone.chat.show(number);
  };
  return (
    <>
      <form class="newthread" onSubmit={begin}>
        <label class="visually-hidden" for="chat-to">
          {t("Write to number")}
        </label>
        <input id="chat-to" data-testid="chat-to" placeholder={t("Write to number")} autocomplete="off" maxLength={128} value={to.value} onInput={(e) => (to.value = e.currentTarget.value)} />
        <button type="submit" class="ghost" aria-label={t("Write")} data-testid="chat-begin">
          <Icon name="chat" />
        </button>
      </form>
      {threads.length === 0 && <p class="muted empty">{t("No messages yet.")}</p>}
      <ul class="people" aria-label={t("Messages")}>
        {threads.map((th) => (
          <ThreadRow key={th.number} phone={phone} thread={th} />
        ))}
      </ul>
    </>
  );
}

function ThreadRow({ phone, thread }: { phone: Phone; thread: Thread }) {
  const last = thread.lines[thread.lines.length - 1];
  return (
    <li>
      <button type="button" class="row" data-testid={`thread-${thread.number}`} onClick={() => phone.chat.show(thread.number)}>
        <span class="grow">
          <b dir="auto">{nameOf(phone, thread)}</b>
          <small>{last?.text}</small>
        </span>
        {thread.unread > 0 && <b class="count">{thread.unread}</b>}
        <span class="muted small">{last && when(last.at, phone.clock.peek())}</span>
      </button>
    </li>
  );
}

function OpenThread({ phone, thread }: { phone: Phone; thread: Thread }) {
  const text = useSignal("");
  const list = useRef<HTMLUListElement>(null);
  const who = nameOf(phone, thread);
  useEffect(() => list.current?.lastElementChild?.scrollIntoView({ block: "nearest" }), [thread.lines.length]);
  const send = (e: Event) => {
    e.preventDefault();
    void phone.chat.send({ number: thread.number, name: thread.name }, text.value);
    text.value = "";
  };
  const onKey = (e: KeyboardEvent) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) send(e);
  };
  return (
    <section class="thread" aria-label={t("Messages with {who}", { who })} data-testid="thread">
      <header>
        <button type="button" class="ghost" aria-label={t("All messages")} data-testid="chat-back" onClick={() => phone.chat.show("")}>
          <Icon name="back" />
        </button>
        <h2 class="grow">{who}</h2>
        <button type="button" class="ghost" aria-label={t("Call {number}", { number: who })} disabled={phone.registration.value.state !== "registered"} onClick={() => void phone.dial(thread.number)}>
          <Icon name="call" size={20} />
        </button>
        {thread.lines.length > 0 && (
          <button type="button" class="ghost" aria-label={t("Delete these messages")} title={t("Delete these messages")} onClick={() => phone.chat.forget(thread.number)}>
            <Icon name="close" size={20} />
          </button>
        )}
      </header>
      <ul class="lines" ref={list} role="log" aria-label={t("Messages with {who}", { who })} tabIndex={0}>
        {thread.lines.map((l, i) => (
          <Said key={i} line={l} phone={phone} />
        ))}
      </ul>
      <form class="write" onSubmit={send}>
        <label class="visually-hidden" for="chat-text">
          {t("Message")}
        </label>
        <textarea id="chat-text" data-testid="chat-text" rows={2} maxLength={maxText} value={text.value} onInput={(e) => (text.value = e.currentTarget.value)} onKeyDown={onKey} />
        <button type="submit" class="primary" aria-label={t("Send")} data-testid="chat-send" disabled={!text.value.trim()}>
          <Icon name="send" size={20} />
        </button>
      </form>
    </section>
  );
}

function Said({ line, phone }: { line: Line; phone: Phone }) {
  return (
    <li class={line.mine ? "mine" : "theirs"} data-testid={line.mine ? "sent-line" : "line"} data-state={line.state}>
      <p>{line.text}</p>
      <small>
        {when(line.at, phone.clock.peek())} {line.mine && delivery(line)}
      </small>
    </li>
  );
}

function delivery(l: Line): string {
  switch (l.state) {
    case "sending":
      return t("sending…");
    case "delivered":
      return t("delivered");
    case "kept":
      return t("waits until they are there");
  }
  switch (l.status) {
    case 0:
      return t("not sent: no connection");
    case 404:
      return t("not sent: nobody has this number");
    case 403:
      return t("not sent: not allowed");
    case 413:
      return t("not sent: too long");
    case 480:
      return t("not sent: they are not there");
  }
  return t("not sent ({status})", { status: l.status ?? 0 });
}

function nameOf(phone: Phone, th: Thread): string {
  return phone.people.nameOf(th.number) || th.name || th.number;
}
