import type { Quality } from "../quality";

const names = ["Measuring the sound…", "Sound: bad", "Sound: poor", "Sound: fair", "Sound: good", "Sound: clear"];

/** QualityBars shows one to five bars, always with words beside them. */
export function QualityBars({ quality }: { quality: Quality }) {
  const name = names[quality.bars] ?? "";
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
  return `MOS ${q.mos.toFixed(1)}, round trip ${Math.round(q.rtt * 1000)} ms, jitter ${Math.round(q.jitter * 1000)} ms, loss ${(q.loss * 100).toFixed(1)} %`;
}
