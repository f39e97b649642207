import { useEffect, useRef } from "preact/hooks";
import { systemDark, theme } from "../theme";

// A line over time. What draws it (uPlot) is loaded when the first chart is shown.

export interface Line {
  name: string;
  values: Array<number | null>;
  color?: string;
  unit?: string;
  decimals?: number;
}

/** How much time a chart shows at least, in seconds: what there is of it stands at the right. */
const shortest = 60;

/** What a chart says while none of its lines has a value. */
const nothing = "no data yet";

interface Props {
  label: string;
  /** Times of the values in seconds since 1970. */
  at: number[];
  lines: Line[];
  height?: number;
}

/** dataOf is what is drawn. Of a single time uPlot would draw a whole day: there is one before it, at which nothing is known. */
export function dataOf(at: number[], lines: Line[]): Array<Array<number | null>> {
  const values = lines.map((l) => l.values);
  return at.length === 1 ? [[at[0]! - 1, at[0]!], ...values.map((v) => [null, ...v])] : [at, ...values];
}

export function Chart({ label, at, lines, height = 120 }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<{ setData(d: unknown): void; setSize(s: { width: number; height: number }): void; destroy(): void } | null>(null);
  const mode = theme.value + systemDark.value;
  const single = lines.some((l) => l.values.filter((v) => v !== null).length === 1);
  const names = lines.map((l) => l.name).join() + String(single);
  const data = dataOf(at, lines);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    let gone = false;
    const el = box.current!;
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: el.clientWidth, height }));
    void import("uplot").then(({ default: UPlot }) => {
      if (gone) return;
      plot.current = new UPlot(options(el, lines, height) as never, latest.current as never, el);
      resize.observe(el);
    });
    return () => {
      gone = true;
      resize.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [names, height, mode]);
  useEffect(() => plot.current?.setData(data));
  const last = lines.map((l) => `${l.name} ${l.values.filter((v) => v !== null).at(-1) ?? "unknown"}`).join(", ");
  const empty = lines.every((l) => l.values.every((v) => v === null));
  return (
    <div class="chart" ref={box} role="img" aria-label={`${label}: ${empty ? nothing : `now ${last}`}`} style={{ height: `${height}px` }}>
      {empty && <p class="nodata muted">{nothing}</p>}
    </div>
  );
}

function options(el: HTMLElement, lines: Line[], height: number) {
  const css = getComputedStyle(el);
  const color = (name: string) => css.getPropertyValue(name).trim();
  const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return {
    width: el.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    padding: [8, 30, 0, 0], // half of the last label
    scales: { x: { range: (_: unknown, min: number, max: number) => [Math.min(min, max - shortest), max] }, y: { range: (_: unknown, __: number, max: number) => [0, max > 0 ? max * 1.15 : 1] } },
    axes: [
      { ...axis, size: 22, space: 70, values: (_: unknown, all: number[], __: number, ___: number, step: number) => all.map((at) => hour(at, step < 60)) },
      { ...axis, size: 44, space: 28 },
    ],
    series: [{}, ...lines.map((l, i) => ({ label: l.name, stroke: color(l.color ?? (i ? "--fair" : "--accent")), width: 1.75, fill: i ? undefined : color("--accent-soft"), points: { show: l.values.filter((v) => v !== null).length === 1, size: 6 } }))],
  };
}

function hour(at: number, seconds: boolean): string {
  const d = new Date(at * 1000);
  const all = [d.getHours(), d.getMinutes(), d.getSeconds()].map((n) => String(n).padStart(2, "0"));
  return (seconds ? all : all.slice(0, 2)).join(":");
}
