import { base, request } from "../api";
import { drawing, painting } from "../ladder/drawing";
import type { Lane, Row } from "../ladder/model";
import { Icon } from "../parts/icons";
import { bytes } from "../format";
import { useLoad } from "../load";
import { act, ask, Button, Copy, Panel, State, toast } from "../parts/ui";
import { callHref } from "../router";
import { session } from "../session";

const formats: Array<[string, string, string]> = [
  ["pcapng", "Packets", "for Wireshark, tshark and sngrep: SIP of every transport, in clear"],
  ["text", "Text", "the ladder and its messages, to be read or sent by mail"],
  ["mermaid", "Mermaid", "a sequence diagram for issues and wikis"],
  ["json", "JSON", "for programs"],
];

const suffix: Record<string, string> = { pcapng: "pcapng", text: "txt", mermaid: "mmd", json: "json" };

interface Capture {
  on: boolean;
  octets: number;
  until?: string;
}

/** Sound keeps the media of a call in the clear for a while, where somebody has to hear what went wrong. */
function Sound({ id }: { id: string }) {
  const at = `calls/${encodeURIComponent(id)}/capture`;
  const capture = useLoad<Capture>(session.can("get-capture") ? at : null, 3000);
  const c = capture.value;
  if (!c) return null;
  const turn = async () => {
    const sure = c.on ? "" : await ask({ title: "Keep the sound of this call?", text: "What is said is kept in memory, in the clear, until an hour after the call. Who may do that, and when those who speak have to be told, is for the law to say.", action: "Keep it", danger: true });
    if (sure !== null && (await act(() => request("PUT", `${at}/${c.on ? "off" : "on"}`), c.on ? "Nothing more is kept." : "The sound is kept from now on."))) capture.again();
  };
  const drop = async () => {
    if (await act(() => request("DELETE", at), "What was kept is gone.")) capture.again();
  };
  return (
    <Panel title="Sound in the clear" beside={<State state={c.on ? "kept" : "not kept"} tone={c.on ? "warn" : "idle"} />}>
      <p class="muted">{c.octets > 0 ? `${bytes(c.octets)} are kept; they are part of the packets that an admin gets.` : "It is part of the packets that an admin gets, so that Wireshark plays it."}</p>
      {session.can("capture-call") && (
        <div class="panelfoot actions">
          <Button onClick={() => void turn()} testid="capture">
            {c.on ? "Keep no more" : "Keep the sound"}
          </Button>
          {c.octets > 0 && <Button onClick={() => void drop()}>Let go of it</Button>}
        </div>
      )}
    </Panel>
  );
}

/** ExportTab gives a call away: as files, as a picture, as a link. */
export function ExportTab({ id, lanes, rows }: { id: string; lanes: Lane[]; rows: Row[] }) {
  const paint = async () => {
    const picture = await painting(lanes, rows);
    if (picture) save(picture, `call-${id}.png`);
    else toast("The browser makes no picture of that size; the drawing has no limit.", "bad");
  };
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
            <Button icon="download" onClick={() => save(new Blob([drawing(lanes, rows)], { type: "image/svg+xml" }), `call-${id}.svg`)} disabled={!rows.length} testid="export-svg">
              SVG
            </Button>
            <span class="muted">the ladder as a drawing</span>
          </li>
          <li>
            <Button icon="download" onClick={() => void paint()} disabled={!rows.length} testid="export-png">
              PNG
            </Button>
            <span class="muted">and as a picture</span>
          </li>
        </ul>
        <p class="muted small">Passwords, keys and credentials are masked, but for an admin.</p>
      </Panel>
      <Sound id={id} />
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

function save(file: Blob, name: string) {
  const url = URL.createObjectURL(file);
  const a = document.createElement("a");
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
