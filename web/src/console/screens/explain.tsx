import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { get, request, type Explanation, type Trunk, type User } from "../api";
import { useLoad } from "../load";
import { act, ask, Button, Copy, Empty, Page, Problem } from "../parts/ui";
import { query, setQuery } from "../router";
import { session } from "../session";
import { ExplanationView } from "./explanation";

/** command is the same question at the command line. */
export function command(q: { from: string; to: string; at: string }): string {
  const quoted = (s: string) => (/^[\w:.+*#@/-]+$/.test(s) ? s : `'${s.replace(/'/g, `'\\''`)}'`);
  return `tandem route ${quoted(q.from)} ${quoted(q.to)}${q.at ? ` --at ${quoted(q.at)}` : ""}`;
}

export function ExplainScreen() {
  const users = useLoad<{ users: User[] }>(session.can("list-users") ? "users" : null);
  const trunks = useLoad<{ trunks: Trunk[] }>(session.can("list-trunks") ? "trunks" : null);
  const answer = useSignal<Explanation | null>(null);
  const error = useSignal<unknown>(null);
  const from = useRef<HTMLInputElement>(null);
  const to = useRef<HTMLInputElement>(null);
  const at = useRef<HTMLInputElement>(null);
  const q = query.value;
  const asked = { from: q.get("from") ?? "", to: q.get("to") ?? "", at: q.get("at") ?? "" };
  useEffect(() => {
    if (!asked.from || !asked.to) return;
    const gone = new AbortController();
    get<Explanation>(`route?${new URLSearchParams(asked)}`, gone.signal).then(
      (e) => {
        answer.value = e;
        error.value = null;
      },
      (err) => {
        if (gone.signal.aborted) return;
        answer.value = null;
        error.value = err;
      },
    );
    return () => gone.abort();
  }, [asked.from, asked.to, asked.at]);
  const submit = (e: Event) => {
    e.preventDefault();
    setQuery({ from: from.current?.value.trim() ?? "", to: to.current?.value.trim() ?? "", at: at.current?.value.trim() ?? "" });
  };
  const dial = async () => {
    const sure = await ask({ title: "Dial it?", text: `The gateway calls ${asked.from} first, and once that has answered, sends it to ${asked.to}.`, action: "Dial" });
    if (sure !== null) await act(() => request("POST", "calls", { from: asked.from, to: asked.to }), "It rings.");
  };
  return (
    <Page title="Explain" note="What would become of a call, and why. Nothing is dialed.">
      <form class="askroute panel card" onSubmit={submit}>
        <div class="field">
          <label for="from">From</label>
          <input id="from" ref={from} list="sources" required defaultValue={asked.from} placeholder="user:201" spellcheck={false} autocomplete="off" data-testid="explain-from" />
          <datalist id="sources">
            {users.value?.users?.map((u) => (
              <option key={u.name} value={`user:${u.name}`}>
                {u.displayName}
              </option>
            ))}
            {trunks.value?.trunks?.map((t) => (
              <option key={t.name} value={`trunk:${t.name}`} />
            ))}
          </datalist>
        </div>
        <div class="field">
          <label for="to">Dials</label>
          <input id="to" ref={to} required defaultValue={asked.to} placeholder="202" spellcheck={false} autocomplete="off" data-testid="explain-to" />
        </div>
        <div class="field">
          <label for="at">At (else now)</label>
          <input id="at" ref={at} defaultValue={asked.at} placeholder="monday 8:30" spellcheck={false} autocomplete="off" />
        </div>
        <Button type="submit" kind="primary" testid="explain-submit">
          Explain
        </Button>
      </form>
      {error.value ? <Problem error={error.value} /> : null}
      {answer.value && asked.from ? (
        <>
          <ExplanationView e={answer.value} />
          <p class="copyline muted">
            The same at the command line: <code>{command(asked)}</code>
            <Copy text={command(asked)} what="the command" />
            {session.can("make-call") && asked.from.startsWith("user:") && (
              <Button icon="calls" onClick={() => void dial()}>
                Dial it
              </Button>
            )}
          </p>
        </>
      ) : (
        !error.value && <Empty title="Who calls whom?">Every row that is tried is shown, with the file and line it stands at, and why it does not fire.</Empty>
      )}
    </Page>
  );
}
