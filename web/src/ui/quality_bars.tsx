import type { Quality } from "../quality";
import { key, t } from "../say";

const names = [key("Measuring the sound…"), key("Sound: bad"), key("Sound: poor"), key("Sound: fair"), key("Sound: good"), key("Sound: clear")];

/** QualityBars shows one to five bars, always with words beside them. */
export function QualityBars({ quality }: { quality: Quality }) {
  const name = t(names[quality.bars] ?? "");
  return (
    <div class={`quality q${quality.bars}`} data-testid="quality" data-bars={quality.bars} title={details(quality)}>
      <span class="bars" aria-hidden="true">
        {[1, 2, 3, 4, 5].map((n) => (
          <i key={n} class={n <= quality.bars ? "lit" : ""} />
        ))}
      </span>
      <span>
        {name}
        {quality.reason && <small>, {quality.reason}</small>}
      </span>
    </div>
  );
}

function details(q: Quality): string {
  if (!q.bars) return "";
  return t("MOS {mos}, round trip {rtt} ms, jitter {jitter} ms, loss {loss} %", {
    mos: q.mos.toFixed(1),
    rtt: Math.round(q.rtt * 1000),
    jitter: Math.round(q.jitter * 1000),
    loss: (q.loss * 100).toFixed(1),
  });
}
