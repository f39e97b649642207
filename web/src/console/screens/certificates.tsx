import { number, whole } from "../format";
import { useLoad } from "../load";
import { Empty, Facts, Loading, Page, Problem, State } from "../parts/ui";
import type { Tone } from "../words";

interface Certificate {
  name: string;
  names: string[] | null;
  issuer: string;
  source: string;
  from: string;
  until: string;
  daysLeft: number;
  sha256: string;
}

const sources: Record<string, string> = { local: "the gateway's own authority", acme: "ACME", files: "files", "self-signed": "the gateway, signed by nobody" };

/** renewal is when the gateway gets the next one by itself: with a third of its life to go; null where nobody does. */
export function renewal(c: { name: string; source: string; from: string; until: string }): number | null {
  if (c.name === "authority" || (c.source !== "local" && c.source !== "acme")) return null;
  const [from, until] = [Date.parse(c.from), Date.parse(c.until)];
  return Number.isNaN(from + until) ? null : until - (until - from) / 3;
}

/** leftTone says how urgent an end is. */
export const leftTone = (days: number): Tone => (days < 3 ? "bad" : days < 14 ? "warn" : "good");

export function CertificatesScreen() {
  const list = useLoad<{ certificates: Certificate[] }>("certificates");
  return (
    <Page title="Certificates" note="What the gateway shows to browsers and telephones, and how long it is good for.">
      {list.error ? <Problem error={list.error} again={list.again} /> : null}
      {list.busy && !list.value && <Loading />}
      {list.value && !list.value.certificates.length && <Empty title="There is no certificate">No listener uses TLS.</Empty>}
      <div class="cards">
        {list.value?.certificates.map((c) => (
          <section class="panel" key={c.sha256 + c.name} data-testid="certificate">
            <header class="panelhead">
              <h2>{c.name}</h2>
              <State state={c.daysLeft < 0 ? "ended" : `${number(c.daysLeft)} days left`} tone={leftTone(c.daysLeft)} />
            </header>
            <Facts
              of={[
                ["For", c.names?.length ? <span key="n" class="break">{c.names.join(", ")}</span> : "no name"],
                ["Signed by", c.issuer],
                ["Comes from", sources[c.source] ?? c.source],
                ["Good from", whole(c.from)],
                ["Good until", whole(c.until)],
                renewal(c) !== null && ["Renewed by itself", `about ${new Date(renewal(c)!).toISOString().slice(0, 10)}`],
                ["SHA-256", <code key="s" class="break small">{c.sha256}</code>],
              ]}
            />
            {c.name === "authority" && (
              <p class="panelnote">
                Devices have to <a href="/trust">trust it</a> once.
              </p>
            )}
          </section>
        ))}
      </div>
    </Page>
  );
}
