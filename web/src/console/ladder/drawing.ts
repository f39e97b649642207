import { own, timeOf, type Lane, type Row } from "./model";

// The ladder as an SVG file, for documents.

const lane = 260;
const left = 110;
const step = 34;
const top = 56;

const colors: Record<string, string> = { request: "#0f5c63", progress: "#566561", good: "#1b7a3d", diverted: "#9a6200", bad: "#c0312b", media: "#9a6200", told: "#566561" };

/** middleOf is where a note stands, counted in lanes: between its leg and tandem, or in the midst of all. */
const middleOf = (r: Row, lanes: Lane[]) => {
  const tandem = lanes.findIndex((l) => l.id === own);
  return r.from === tandem ? (lanes.length - 1) / 2 : (r.from + tandem) / 2;
};

const escape = (s: string) => s.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** drawing gives the ladder as the text of an SVG file. */
export function drawing(lanes: Lane[], rows: Row[]): string {
  const x = (i: number) => left + lane * (i + 0.5);
  const width = left + lane * lanes.length;
  const height = top + step * rows.length + 24;
  const parts = lanes.map(
    (l, i) =>
      `<text x="${x(i)}" y="22" text-anchor="middle" font-weight="600">${escape(l.name)}</text><text x="${x(i)}" y="38" text-anchor="middle" font-size="11" fill="#566561">${escape(l.address)}</text>` +
      `<line x1="${x(i)}" x2="${x(i)}" y1="46" y2="${height - 12}" stroke="#d9dfdc"/>`,
  );
  for (const [i, r] of rows.entries()) parts.push(arrow(r, x, top + step * (i + 0.7), middleOf(r, lanes)));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>${parts.join("")}</svg>\n`;
}

function arrow(r: Row, x: (i: number) => number, y: number, middle: number): string {
  const color = colors[r.tone] ?? "#17211f";
  const time = `<text x="8" y="${y + 4}" font-size="11" fill="#566561">${timeOf(r, "clock")}</text>`;
  const label = escape(r.label + (r.sip?.sdp ? " (SDP)" : ""));
  if (!r.sip) return `${time}<text x="${x(middle)}" y="${y + 4}" text-anchor="middle" font-size="11" font-style="italic" fill="${color}">${label}</text>`;
  const [a, b] = [x(r.from), x(r.to)];
  const head = a < b ? `${b - 7},${y - 4} ${b},${y} ${b - 7},${y + 4}` : `${b + 7},${y - 4} ${b},${y} ${b + 7},${y + 4}`;
  const dashes = r.repeat ? ' stroke-dasharray="4 3"' : "";
  return `${time}<text x="${(a + b) / 2}" y="${y - 5}" text-anchor="middle" fill="${color}">${label}</text><line x1="${a}" x2="${b}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="1.5"${dashes}/><polygon points="${head}" fill="${color}"/>`;
}

/** painting gives the ladder as a PNG file, twice as dense as a screen is; null where the browser makes none of that size. */
export function painting(lanes: Lane[], rows: Row[]): Promise<Blob | null> {
  const x = (i: number) => left + lane * (i + 0.5);
  const [width, height] = [left + lane * lanes.length, top + step * rows.length + 24];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  const c = canvas.getContext("2d");
  if (!c) return Promise.resolve(null);
  c.scale(2, 2);
  const write = (text: string, at: number, y: number, font: string, color: string, align: CanvasTextAlign = "center") => {
    [c.font, c.fillStyle, c.textAlign] = [`${font} system-ui, sans-serif`, color, align];
    c.fillText(text, at, y);
  };
  c.fillStyle = "#fff";
  c.fillRect(0, 0, width, height);
  lanes.forEach((l, i) => {
    write(l.name, x(i), 22, "600 13px", "#17211f");
    write(l.address, x(i), 38, "11px", "#566561");
    c.fillStyle = "#d9dfdc";
    c.fillRect(x(i) - 0.5, 46, 1, height - 58);
  });
  rows.forEach((r, i) => {
    const [y, color] = [top + step * (i + 0.7), colors[r.tone] ?? "#17211f"];
    write(timeOf(r, "clock"), 8, y + 4, "11px", "#566561", "left");
    const label = r.label + (r.sip?.sdp ? " (SDP)" : "");
    if (!r.sip) return write(label, x(middleOf(r, lanes)), y + 4, "italic 11px", color);
    const [a, b] = [x(r.from), x(r.to)];
    const back = a < b ? -7 : 7;
    write(label, (a + b) / 2, y - 5, "13px", color);
    [c.strokeStyle, c.lineWidth] = [color, 1.5];
    c.setLineDash(r.repeat ? [4, 3] : []);
    c.beginPath();
    c.moveTo(a, y);
    c.lineTo(b, y);
    c.stroke();
    c.beginPath();
    c.moveTo(b + back, y - 4);
    c.lineTo(b, y);
    c.lineTo(b + back, y + 4);
    c.fill();
  });
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
