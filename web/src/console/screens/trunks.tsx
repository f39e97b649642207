import { request, type Trunk } from "../api";
import { ago, instant, long, millis, number, percent, plural } from "../format";
import { useLive } from "../live";
import { useLoad } from "../load";
import { now } from "../now";
import { act, Button, Empty, Facts, Loading, Page, Problem, State } from "../parts/ui";
import { href } from "../router";
import { session } from "../session";

export function TrunksScreen() {
  const list = useLoad<{ trunks: Trunk[] }>("trunks", 10_000);
  useLive(["trunks"], (f) => {
    const d = f.data as { trunks?: Trunk[]; trunk?: Trunk; changed?: Trunk[] };
    if (Array.isArray(d.trunks)) list.set({ trunks: d.trunks });
    const changed = [...(d.changed ?? []), ...(d.trunk ? [d.trunk] : [])];
    if (changed.length) list.set({ trunks: (list.now.peek()?.trunks ?? []).map((t) => changed.find((c) => c.name === t.name) ?? t) });
  });
  const all = list.value?.trunks ?? [];
  return (
    <Page title="Trunks" note={list.value && all.length ? `${number(all.filter((t) => !["down", "failing"].includes(t.state)).length)} of ${number(all.length)} can take calls` : undefined}>
      {list.error ? <Problem error={list.error} again={list.again} /> : null}
      {!list.value && list.busy && <Loading />}
      {list.value && !all.length && <Empty title="There is no trunk">A carrier or PBX is a <code>trunk</code> block of the configuration.</Empty>}
      <div class="cards">
        {all.map((t) => (
          <TrunkCard key={t.name} t={t} again={list.again} />
        ))}
      </div>
    </Page>
  );
}

function TrunkCard({ t, again }: { t: Trunk; again: () => void }) {
  const probe = async () => {
    if (await act(() => request("POST", `trunks/${encodeURIComponent(t.name)}/probe`), `${t.name} was asked.`)) again();
  };
  return (
    <section class="panel trunk" data-testid={`trunk-${t.name}`}>
      <header class="panelhead">
        <h2>{t.name}</h2>
        <State state={t.state} />
      </header>
      {t.lastError && <p class="lasterror">{t.lastError}</p>}
      <Facts
        of={[
          ["Kind", t.kind],
          t.account && ["Account", <span key="a" class="break">{t.account}</span>],
          instant(t.since) !== null && ["In this state", ago(t.since, now.value).replace(" ago", "")],
          t.address && ["Answered from", <code key="d" class="break">{t.address}</code>],
          t.roundTripMs && ["Answers within", millis(t.roundTripMs)],
          ["Calls now", t.maxCalls ? `${number(t.calls)} of ${number(t.maxCalls)}` : number(t.calls)],
          t.hour && ["Within the hour", `${plural(t.hour.calls, "call")}, ${percent(t.hour.asr)} answered`],
          t.hour && t.hour.acdSeconds > 0 && ["A call lasts", long(t.hour.acdSeconds)],
          t.maxPerSecond && ["At most", `${number(t.maxPerSecond, t.maxPerSecond % 1 ? 1 : 0)} a second`],
          t.secure && ["Encryption", t.secure],
          t.codecs?.length && ["Codecs", t.codecs.join(", ")],
          instant(t.nextTry) !== null && ["Asked again", instant(t.nextTry)! > now.value ? ago(t.nextTry, now.value) : "now"],
          instant(t.expires) !== null && ["Registered", `for ${ago(t.expires, now.value).replace("in ", "")}`],
        ]}
      />
      {Boolean(t.accounts?.length) && (
        <ul class="accounts">
          {t.accounts!.map((a) => (
            <li key={a.account}>
              <span class="grow break">{a.user}</span>
              <State state={a.state} />
            </li>
          ))}
        </ul>
      )}
      <div class="panelfoot actions">
        {session.can("probe-trunk") && (
          <Button icon="again" onClick={() => void probe()} testid={`probe-${t.name}`}>
            Ask it now
          </Button>
        )}
        {session.can("list-cdrs") && (
          <a class="btn" href={`${href("/history")}?trunk=${encodeURIComponent(t.name)}`}>
            Its calls
          </a>
        )}
      </div>
    </section>
  );
}
