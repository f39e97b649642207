import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { words } from "../api";
import { chipWords, toneOf, type Tone } from "../words";
import { Icon, type IconName } from "./icons";

// The small parts that every screen is made of.

/** Page is a screen: its heading, what stands beside it, and what is below. */
export function Page(p: { title: string; note?: ComponentChildren; actions?: ComponentChildren; children: ComponentChildren }) {
  useEffect(() => void (document.title = `${p.title} · tandem`), [p.title]);
  return (
    <div class="page" data-testid="page">
      <header class="pagehead">
        <div class="grow">
          <h1 tabIndex={-1}>{p.title}</h1>
          {p.note && <p class="muted note">{p.note}</p>}
        </div>
        {p.actions && <div class="actions">{p.actions}</div>}
      </header>
      {p.children}
    </div>
  );
}

export function Panel(p: { title?: ComponentChildren; beside?: ComponentChildren; children: ComponentChildren; class?: string; testid?: string }) {
  return (
    <section class={`panel ${p.class ?? ""}`} data-testid={p.testid}>
      {p.title && (
        <header class="panelhead">
          <h2>{p.title}</h2>
          {p.beside}
        </header>
      )}
      {p.children}
    </section>
  );
}

/** State is a word with a dot in the color of what it means. */
export function State({ state, tone }: { state: string; tone?: Tone }) {
  return (
    <span class={`state ${tone ?? toneOf(state)}`}>
      <i aria-hidden="true" />
      {state}
    </span>
  );
}

export function Tag({ children, tone = "idle", title }: { children: ComponentChildren; tone?: Tone; title?: string }) {
  return (
    <span class={`tag ${tone}`} title={title}>
      {children}
    </span>
  );
}

export function Chips({ names }: { names?: string[] }) {
  if (!names?.length) return null;
  return (
    <span class="chips">
      {names.map((n) => {
        const w = chipWords(n);
        return (
          <Tag key={n} tone="warn" title={w.title}>
            {w.text}
          </Tag>
        );
      })}
    </span>
  );
}

export function Button(p: { children: ComponentChildren; onClick?: () => void; icon?: IconName; kind?: "primary" | "danger" | "plain"; disabled?: boolean; testid?: string; title?: string; type?: "submit" | "button" }) {
  return (
    <button type={p.type ?? "button"} class={`btn ${p.kind ?? ""}`} onClick={p.onClick} disabled={p.disabled} data-testid={p.testid} title={p.title}>
      {p.icon && <Icon name={p.icon} />}
      {p.children}
    </button>
  );
}

/** Empty says that there is nothing, and what would have to happen. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty" data-testid="empty">
      <p class="strong">{title}</p>
      {children && <p class="muted">{children}</p>}
    </div>
  );
}

export function Loading() {
  return (
    <p class="empty muted" role="status">
      Loading…
    </p>
  );
}

export function Problem({ error, again }: { error: unknown; again?: () => void }) {
  return (
    <div class="banner error" role="alert">
      <Icon name="warn" />
      <span class="grow">{words(error)}</span>
      {again && <Button onClick={again}>Try again</Button>}
    </div>
  );
}

/** Facts is a list of names and values. */
export function Facts({ of }: { of: Array<[string, ComponentChildren] | null | false | undefined | "" | 0> }) {
  const rows = of.filter((r): r is [string, ComponentChildren] => Array.isArray(r) && r[1] !== undefined && r[1] !== null && r[1] !== "");
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Copy({ text, what }: { text: string; what: string }) {
  return (
    <button
      type="button"
      class="btn plain small"
      title={`Copy ${what}`}
      aria-label={`Copy ${what}`}
      onClick={() => void navigator.clipboard?.writeText(text).then(() => toast(`Copied ${what}.`), () => toast("The browser did not let it be copied.", "bad"))}
    >
      <Icon name="copy" />
    </button>
  );
}

/** Choice is a set of buttons of which one is pressed. */
export function Choice<T extends string>(p: { label: string; value: T; of: Array<[T, string]>; onChange: (v: T) => void }) {
  return (
    <div class="choice" role="group" aria-label={p.label}>
      {p.of.map(([v, text]) => (
        <button key={v} type="button" aria-pressed={p.value === v} onClick={() => p.onChange(v)}>
          {text}
        </button>
      ))}
    </div>
  );
}

export function Toggle(p: { on: boolean; onChange: (on: boolean) => void; children: ComponentChildren; title?: string; testid?: string }) {
  return (
    <button type="button" class="filter" aria-pressed={p.on} onClick={() => p.onChange(!p.on)} title={p.title} data-testid={p.testid}>
      {p.children}
    </button>
  );
}

// What is told in passing, at the foot of the page.

interface Toast {
  id: number;
  text: string;
  tone: "good" | "bad";
}

const toasts = signal<Toast[]>([]);
let nextToast = 0;

export function toast(text: string, tone: Toast["tone"] = "good") {
  const id = nextToast++;
  toasts.value = [...toasts.value.slice(-2), { id, text, tone }];
  setTimeout(() => (toasts.value = toasts.value.filter((t) => t.id !== id)), tone === "bad" ? 9000 : 4000);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite" data-testid="toasts">
      {toasts.value.map((t) => (
        <p key={t.id} class={t.tone}>
          {t.text}
        </p>
      ))}
    </div>
  );
}

// What is asked before something is done that cannot be taken back.

interface Field {
  label: string;
  value?: string;
  type?: "text" | "password" | "number";
  hint?: string;
  optional?: boolean;
  /** What may be chosen, each with its words; anything may be written where there are none. */
  of?: Array<[string, string]>;
}

interface Question {
  title: string;
  text?: ComponentChildren;
  action: string;
  danger?: boolean;
  /** Without a way back: what it tells has to be read. */
  only?: boolean;
  fields?: Record<string, Field>;
  answer: (values: Record<string, string> | null) => void;
}

const question = signal<Question | null>(null);

/** fill shows a form; it gives what was written into its fields by their names, or null where it was called off. */
export function fill(q: Omit<Question, "answer">): Promise<Record<string, string> | null> {
  return new Promise((answer) => (question.value = { ...q, answer }));
}

/** ask shows a question; it gives what was written into its field ("" without one), or null where it was called off. */
export async function ask(q: Omit<Question, "answer" | "fields"> & { field?: Field }): Promise<string | null> {
  const values = await fill({ ...q, fields: q.field && { field: q.field } });
  return values && (values.field ?? "");
}

/** act asks nothing, does something, and tells how that went. */
export async function act(what: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await what();
    if (done) toast(done);
    return true;
  } catch (err) {
    toast(words(err), "bad");
    return false;
  }
}

export function Asking() {
  const q = question.value;
  return q && <Dialog q={q} />;
}

function Dialog({ q }: { q: Question }) {
  const box = useRef<HTMLDialogElement>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    box.current?.showModal();
    form.current?.querySelector("input")?.select();
  }, [q]);
  const end = (values: Record<string, string> | null) => {
    box.current?.close();
    question.value = null;
    q.answer(values);
  };
  const submit = (e: Event) => {
    e.preventDefault();
    const values: Record<string, string> = {};
    for (const [k, v] of new FormData(form.current!)) values[k] = String(v).trim();
    if (Object.entries(q.fields ?? {}).every(([k, f]) => f.optional || values[k])) end(values);
  };
  return (
    <dialog ref={box} class="ask" aria-labelledby="ask-title" data-testid="ask" onCancel={(e) => (e.preventDefault(), end(null))}>
      <form ref={form} onSubmit={submit}>
        <h2 id="ask-title">{q.title}</h2>
        {q.text && <div class="asktext">{q.text}</div>}
        {Object.entries(q.fields ?? {}).map(([name, f]) => (
          <Asked key={name} name={name} f={f} />
        ))}
        <div class="actions">
          {!q.only && (
            <Button onClick={() => end(null)} testid="ask-no">
              Cancel
            </Button>
          )}
          <Button type="submit" kind={q.danger ? "danger" : "primary"} testid="ask-yes">
            {q.action}
          </Button>
        </div>
      </form>
    </dialog>
  );
}

function Asked({ name, f }: { name: string; f: Field }) {
  const id = `ask-${name}`;
  return (
    <p>
      <label for={id}>{f.label}</label>
      {f.of ? (
        <select id={id} name={name} data-testid={id}>
          {f.of.map(([v, text]) => (
            <option key={v} value={v} selected={v === f.value}>
              {text}
            </option>
          ))}
        </select>
      ) : (
        <input id={id} name={name} data-testid={id} type={(f.type ?? "text") as "text"} {...(f.type === "number" ? { min: 0 } : {})} defaultValue={f.value ?? ""} required={!f.optional} autocomplete={f.type === "password" ? "new-password" : "off"} spellcheck={false} />
      )}
      {f.hint && <small class="muted">{f.hint}</small>}
    </p>
  );
}
