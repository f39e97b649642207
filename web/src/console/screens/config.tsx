import { useSignal } from "@preact/signals";
import { request } from "../api";
import { plural } from "../format";
import { useLoad } from "../load";
import { act, ask, Button, Loading, Page, Panel, Problem, State, toast } from "../parts/ui";
import { words } from "../api";
import { session } from "../session";

interface Found {
  warning?: boolean;
  file?: string;
  line?: number;
  column?: number;
  message: string;
  hint?: string;
  text: string;
}

interface Change {
  part: string;
  text: string;
}

interface Check {
  ok: boolean;
  summary: string;
  problems: Found[];
  changes: Change[];
  restart: string[];
}

interface Reload {
  outcome: string;
  reason?: string;
  changes: Change[];
  restart?: string[];
  problems?: Found[];
}

/** ConfigScreen shows what runs and where each value comes from; checks the file, and reads it again. */
export function ConfigScreen() {
  const config = useLoad<{ path?: string; text: string }>("config");
  const check = useSignal<Check | null>(null);
  const busy = useSignal(false);
  const run = async () => {
    busy.value = true;
    try {
      check.value = await request<Check>("POST", "config/check");
    } catch (err) {
      toast(words(err), "bad");
    }
    busy.value = false;
  };
  const reload = async () => {
    const sure = await ask({ title: "Read the configuration again?", text: "Calls go on. If there is an error in it, nothing is changed.", action: "Reload" });
    if (sure === null) return;
    let result: Reload | undefined;
    await act(async () => {
      result = await request<Reload>("POST", "reload");
      if (result.outcome === "refused") throw new Error(result.reason || "The configuration was refused; nothing was changed.");
    }, "The configuration was read again.");
    if (result) check.value = { ok: result.outcome !== "refused", summary: result.reason || (result.outcome === "unchanged" ? "The file says what runs already." : "It runs now."), problems: result.problems ?? [], changes: result.changes ?? [], restart: result.restart ?? [] };
    config.again();
  };
  return (
    <Page
      title="Configuration"
      note={config.value?.path ? <code class="break">{config.value.path}</code> : config.value ? "The demo makes it up when it starts, and keeps no file. tandem config init begins one of your own." : undefined}
      actions={
        config.value?.path && (<>
          {session.can("check-config") && (
            <Button onClick={() => void run()} disabled={busy.value} testid="check">
              {busy.value ? "Checking…" : "Check the file"}
            </Button>
          )}
          {session.can("reload") && (
            <Button kind="primary" icon="again" onClick={() => void reload()}>
              Reload
            </Button>
          )}
        </>)
      }
    >
      {config.error ? <Problem error={config.error} again={config.again} /> : null}
      {check.value && <Checked c={check.value} />}
      {config.busy && !config.value && <Loading />}
      {config.value && (
        <Panel title="What runs">
          <div class="listing" tabIndex={0} role="region" aria-label="What runs" data-testid="config">
            <Listing text={config.value.text} path={config.value.path ?? ""} />
          </div>
        </Panel>
      )}
    </Page>
  );
}

/** linesOf tells each line from where its value comes from; of the file itself only the line is said. */
export function linesOf(text: string, path: string): Array<[string, string]> {
  const file = path.split("/").at(-1) ?? "";
  return text.split("\n").map((line) => {
    const at = line.lastIndexOf("# ");
    if (at < 0) return [line, ""];
    const note = line.slice(at);
    return [line.slice(0, at), path && note.startsWith(`# ${path}:`) ? `# ${file}${note.slice(2 + path.length)}` : note];
  });
}

function Listing({ text, path }: { text: string; path: string }) {
  return (
    <pre>
      {linesOf(text, path).map(([said, from], i) => (
        <span key={i}>
          {said}
          {from && <span class="muted">{from}</span>}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}

function Checked({ c }: { c: Check }) {
  const errors = c.problems.filter((p) => !p.warning).length;
  return (
    <Panel title="The file" beside={<State state={c.ok ? "ok" : plural(errors, "error")} tone={c.ok ? "good" : "bad"} />} testid="checked">
      <div class="checked">
        <p>{c.summary}</p>
        {c.problems.map((p, i) => (
          <div key={i} class={`found ${p.warning ? "warn" : "bad"}`}>
            <p>
              <b>{p.message}</b>
              {p.hint && <span class="muted"> {p.hint}</span>}
            </p>
            {p.file && (
              <code class="muted break">
                {p.file}:{p.line}
                {p.column ? `:${p.column}` : ""}
              </code>
            )}
          </div>
        ))}
        {c.changes.length > 0 && (
          <ul class="changes">
            {c.changes.map((x, i) => (
              <li key={i}>
                <span class="muted">{x.part}</span> {x.text}
              </li>
            ))}
          </ul>
        )}
        {c.restart.length > 0 && <p class="muted">These take a restart: {c.restart.join(", ")}.</p>}
      </div>
    </Panel>
  );
}
