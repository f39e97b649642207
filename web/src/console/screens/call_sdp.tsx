import { clock } from "../format";
import type { Lane, Row } from "../ladder/model";
import { Empty } from "../parts/ui";
import { meaning, passedOf } from "../sdp";

// Offers and answers: what came in beside what went on, and what tandem changed.

export function SdpTab({ rows, lanes }: { rows: Row[]; lanes: Lane[] }) {
  const all = passedOf(rows);
  if (!all.length) return <Empty title="No session description was exchanged">The call ended before media was offered.</Empty>;
  const name = (r: Row) => lanes.find((l) => l.id === r.item.leg)?.name ?? r.item.leg;
  return (
    <div class="stack" data-testid="sdp">
      {all.map((p) => {
        const first = p.came ?? p.went!;
        return (
          <section key={first.index} class="panel sdp">
            <header class="panelhead">
              <h2>{p.title}</h2>
              <span class="muted num">{clock(first.item.at)}</span>
            </header>
            {p.came && p.went ? (
              <>
                <p class="sdpheads both muted">
                  <span>as {name(p.came)} wrote it</span>
                  <span>as {name(p.went)} got it</span>
                </p>
                <div class="sdppair" tabIndex={0} role="region" aria-label={`${p.title}, ${clock(first.item.at)}`}>
                  <pre data-head={`as ${name(p.came)} wrote it`}>{p.lines.filter((l) => l.kind !== "new").map((l, i) => <Line key={i} kind={l.kind} text={l.text} />)}</pre>
                  <pre data-head={`as ${name(p.went)} got it`}>{p.lines.filter((l) => l.kind !== "gone").map((l, i) => <Line key={i} kind={l.kind} text={l.text} />)}</pre>
                </div>
              </>
            ) : (
              <>
                <p class="sdpheads muted">
                  <span>{p.came ? `as ${name(p.came)} wrote it; it was not passed on` : `as ${name(p.went!)} got it; tandem made it itself`}</span>
                </p>
                <div class="sdppair one" tabIndex={0} role="region" aria-label={`${p.title}, ${clock(first.item.at)}`}>
                  <pre>{p.lines.map((l, i) => <Line key={i} kind="same" text={l.text} />)}</pre>
                </div>
              </>
            )}
          </section>
        );
      })}
    </div>
  );
}

function Line({ kind, text }: { kind: string; text: string }) {
  const title = meaning(text);
  return (
    <span class={kind} title={title || undefined}>
      {kind === "same" ? text : kind === "gone" ? <del>{text}</del> : <ins>{text}</ins>}
      {"\n"}
    </span>
  );
}
