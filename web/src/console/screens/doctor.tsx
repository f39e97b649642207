import { moment } from "../format";
import { useLoad } from "../load";
import { now } from "../now";
import { Button, Copy, Loading, Page, Problem, State } from "../parts/ui";

type Outcome = "ok" | "warn" | "fail";

interface Check {
  name: string;
  /** The one or the other, by the version of the gateway. */
  state?: Outcome;
  status?: Outcome;
  text: string;
  cure?: string;
  howto?: string;
}

interface Checkup {
  at?: string;
  checks: Check[];
}

export const outcome = (c: Check): Outcome => c.state ?? c.status ?? "ok";

const order = { fail: 0, warn: 1, ok: 2 };

/** report is what the doctor found as text, for a mail or an issue. */
export const report = (c: Checkup) => c.checks.map((k) => `${outcome(k).toUpperCase().padEnd(5)}${k.name}: ${k.text}${k.cure && outcome(k) !== "ok" ? `\n     ${k.cure}` : ""}`).join("\n") + "\n";

/** withCode sets what stands between backticks as code. */
export const withCode = (text: string) => text.split("`").map((part, i) => (i % 2 ? <code key={i}>{part}</code> : part));

/** DoctorScreen shows everything that is often wrong, what is wrong first. */
export function DoctorScreen() {
  const d = useLoad<Checkup>("doctor");
  const checks = [...(d.value?.checks ?? [])].sort((a, b) => order[outcome(a)] - order[outcome(b)]);
  const bad = checks.filter((c) => outcome(c) !== "ok").length;
  return (
    <Page
      title="Doctor"
      note={d.value && `${bad ? `${bad} of ${checks.length} checks want a look` : `All ${checks.length} checks are well`}${d.value.at ? `, ${moment(d.value.at, now.value)}` : ""}`}
      actions={
        <>
          {d.value && <Copy text={report(d.value)} what="the report" />}
          <Button icon="again" onClick={d.again} disabled={d.busy}>
            {d.busy ? "Looking…" : "Look again"}
          </Button>
        </>
      }
    >
      {d.error ? <Problem error={d.error} again={d.again} /> : null}
      {d.busy && !d.value && <Loading />}
      {checks.length > 0 && (
        <ul class="checks panel" data-testid="checks">
          {checks.map((c) => (
            <li key={c.name}>
              <State state={outcome(c)} />
              <div class="grow">
                <p>
                  <b>{c.name}</b> <span class="muted">{withCode(c.text)}</span>
                </p>
                {c.cure && outcome(c) !== "ok" && <p>{withCode(c.cure)}</p>}
                {c.howto && outcome(c) !== "ok" && (
                  <p class="muted">
                    Read on: <code>{c.howto}</code>
                  </p>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}
