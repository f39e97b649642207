import { base } from "../api";
import { drawing } from "../ladder/drawing";
import type { Lane, Row } from "../ladder/model";
import { Icon } from "../parts/icons";
import { Button, Copy, Panel } from "../parts/ui";
import { callHref } from "../router";

const formats: Array<[string, string, string]> = [
  ["pcapng", "Packets", "for Wireshark, tshark and sngrep: SIP of every transport, in clear"],
  ["text", "Text", "the ladder and its messages, to be read or sent by mail"],
  ["mermaid", "Mermaid", "a sequence diagram for issues and wikis"],
  ["json", "JSON", "for programs"],
];

const suffix: Record<string, string> = { pcapng: "pcapng", text: "txt", mermaid: "mmd", json: "json" };

/** ExportTab gives a call away: as files, as a picture, as a link. */
export function ExportTab({ id, lanes, rows }: { id: string; lanes: Lane[]; rows: Row[] }) {
  const link = location.origin + callHref(id, "ladder");
  return (
    <div class="grid2" data-testid="export">
      <Panel title="Files">
        <ul class="downloads">
          {formats.map(([format, title, what]) => (
            <li key={format}>
              <a class="btn" href={`${base}calls/${encodeURIComponent(id)}/trace?format=${format}`} download={`call-${id}.${suffix[format]}`} data-testid={`export-${format}`}>
                <Icon name="download" />
                {title}
              </a>
              <span class="muted">{what}</span>
            </li>
          ))}
          <li>
            <Button icon="download" onClick={() => save(drawing(lanes, rows), `call-${id}.svg`)} disabled={!rows.length} testid="export-svg">
              Picture
            </Button>
            <span class="muted">the ladder as SVG</span>
          </li>
        </ul>
        <p class="muted small">Passwords, keys and credentials are masked, but for an admin.</p>
      </Panel>
      <Panel title="Link">
        <p class="copyline">
          <code class="break grow">{link}</code>
          <Copy text={link} what="the link" />
        </p>
        <p class="muted small">It opens for everybody who may sign in here, as long as the trace is kept.</p>
      </Panel>
    </div>
  );
}

function save(text: string, name: string) {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const a = document.createElement("a");
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
