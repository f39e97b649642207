import { useSignal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { go } from "../router";

// A table that draws only the rows that are seen, however many there are. Rows
// have one height. With the arrows, or j and k, the focus goes from row to row.

export interface Column<T> {
  name: string;
  cell: (row: T) => ComponentChildren;
  /** What it is sorted by; it cannot be where there is none. */
  sort?: (row: T) => string | number;
  /** Columns of rank 4 and 3 go first where it is narrow, then those of rank 2. */
  rank?: 1 | 2 | 3 | 4;
  numeric?: boolean;
  width?: string;
  /** Its name is not shown: what is in it says enough. */
  bare?: boolean;
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  id: (row: T) => string;
  /** Where a row leads; its first cell becomes the link. */
  href?: (row: T) => string;
  onKey?: (e: KeyboardEvent, row: T) => void;
  empty: ComponentChildren;
  /** The row that is sorted by at first, with "-" before it for the greatest first. */
  sorted?: string;
  height?: number;
  marked?: (row: T) => boolean;
}

const margin = 12;

export function Table<T extends object>(p: Props<T>) {
  const height = p.height ?? 44;
  const box = useRef<HTMLDivElement>(null);
  const seen = useSignal({ from: 0, to: 40 });
  const order = useSignal(p.sorted ?? "");
  const drawn = useRef(new WeakMap<T, { at: number; columns: Column<T>[]; marked: boolean; node: VNode }>());
  const rows = sortedBy(p.rows, p.columns, order.value);

  const measure = () => {
    const b = box.current;
    if (!b) return;
    const from = Math.max(0, Math.floor(b.scrollTop / height) - margin);
    const to = Math.ceil((b.scrollTop + b.clientHeight) / height) + margin;
    if (from !== seen.peek().from || to !== seen.peek().to) seen.value = { from, to };
  };
  useLayoutEffect(() => {
    measure();
    const watch = new ResizeObserver(measure);
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, []);

  if (!p.rows.length) return <>{p.empty}</>;
  const from = Math.min(seen.value.from, Math.max(0, rows.length - 1));
  const part = rows.slice(from, seen.value.to);

  const focusRow = (i: number) => {
    const b = box.current;
    if (!b || i < 0 || i >= rows.length) return;
    const top = i * height;
    if (top < b.scrollTop) b.scrollTop = top;
    else if (top + 2 * height > b.scrollTop + b.clientHeight) b.scrollTop = top + 2 * height - b.clientHeight;
    measure();
    requestAnimationFrame(() => b.querySelector<HTMLElement>(`[data-row="${i}"]`)?.focus());
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const at = Number((e.target as HTMLElement).dataset.row ?? "-1");
    const steps: Record<string, number> = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 0, End: rows.length - 1, PageDown: Math.min(rows.length - 1, at + 15), PageUp: Math.max(0, at - 15) };
    const to = steps[e.key];
    if (to !== undefined && !e.ctrlKey && !e.metaKey && !e.altKey) {
      e.preventDefault();
      focusRow(to);
    } else if (at >= 0 && rows[at] !== undefined) p.onKey?.(e, rows[at]!);
  };
  // A row that is as it was is not made again: scrolling then costs the new ones only.
  const line = (row: T, at: number) => {
    const marked = Boolean(p.marked?.(row));
    const old = drawn.current.get(row);
    if (old && old.at === at && old.columns === p.columns && old.marked === marked) return old.node;
    const node = (
      <tr key={p.id(row)} aria-rowindex={at + 2} style={{ height: `${height}px` }} class={marked ? "marked" : ""} data-id={p.id(row)} onDblClick={() => p.href && go(p.href(row).replace(/^\/console/, ""))}>
        {p.columns.map((c, k) => (
          <td key={c.name} class={cellClass(c)}>
            {k === 0 ? p.href ? <a class="rowlink" href={p.href(row)} data-row={at}>{c.cell(row)}</a> : <span tabIndex={-1} data-row={at}>{c.cell(row)}</span> : c.cell(row)}
          </td>
        ))}
      </tr>
    );
    drawn.current.set(row, { at, columns: p.columns, marked, node });
    return node;
  };
  const sortBy = (name: string) => (order.value = order.value === name ? `-${name}` : order.value === `-${name}` ? "" : name);

  return (
    <div class="tablebox" ref={box} onScroll={measure} onKeyDown={onKeyDown} tabIndex={0} role="region" aria-label={p.label} data-testid="table">
      <table aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {p.columns.map((c) => (
              <th key={c.name} scope="col" class={cellClass(c)} style={c.width ? { width: c.width } : undefined} aria-sort={order.value === c.name ? "ascending" : order.value === `-${c.name}` ? "descending" : undefined}>
                {c.sort ? (
                  <button type="button" onClick={() => sortBy(c.name)}>
                    {c.name}
                    <span aria-hidden="true" class="sortmark">
                      {order.value === c.name ? "▲" : order.value === `-${c.name}` ? "▼" : ""}
                    </span>
                  </button>
                ) : c.bare ? (
                  <span class="visually-hidden">{c.name}</span>
                ) : (
                  c.name
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {from > 0 && <Space height={from * height} />}
          {part.map((row, i) => line(row, from + i))}
          {from + part.length < rows.length && <Space height={(rows.length - from - part.length) * height} />}
        </tbody>
      </table>
    </div>
  );
}

// Of one cell: one that spans all would count the columns that are hidden, too.
function Space({ height }: { height: number }) {
  return (
    <tr aria-hidden="true" style={{ height: `${height}px` }}>
      <td class="space" />
    </tr>
  );
}

const cellClass = (c: { rank?: number; numeric?: boolean }) => `rank${c.rank ?? 1}${c.numeric ? " num" : ""}`;

/** sortedBy gives the rows in the order of a column; those that are equal stay as they were. */
export function sortedBy<T>(rows: T[], columns: Column<T>[], order: string): T[] {
  const down = order.startsWith("-");
  const by = columns.find((c) => c.name === order.replace(/^-/, ""))?.sort;
  if (!by) return rows;
  const keyed = rows.map((row) => ({ row, key: by(row) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) * (down ? -1 : 1));
  return keyed.map((k) => k.row);
}
