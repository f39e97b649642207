import { ApiError } from "../api";
import { clock } from "../format";
import { useLoad } from "../load";
import { Empty, Loading, Problem, Tag } from "../parts/ui";

interface LogLine {
  at: string;
  level: string;
  text: string;
  attrs?: Record<string, string>;
}

/** LogsTab shows what the log says of a call. */
export function LogsTab({ id }: { id: string }) {
  const logs = useLoad<{ lines: LogLine[] }>(`calls/${encodeURIComponent(id)}/logs`, 3000);
  if (logs.error && !(logs.error instanceof ApiError && logs.error.status === 404)) return <Problem error={logs.error} again={logs.again} />;
  if (logs.busy && !logs.value) return <Loading />;
  if (!logs.value?.lines?.length) return <Empty title="The log says nothing of this call any more">The newest lines are kept in memory only; what the gateway writes elsewhere may still have them.</Empty>;
  return (
    <ol class="logs panel" data-testid="logs">
      {logs.value.lines.map((l, i) => (
        <li key={i}>
          <span class="num muted">{clock(l.at)}</span>
          <Tag tone={/error/i.test(l.level) ? "bad" : /warn/i.test(l.level) ? "warn" : "idle"}>{l.level.toLowerCase()}</Tag>
          <span class="logtext">
            <b>{l.text}</b>
            {Object.entries(l.attrs ?? {}).map(([k, v]) => (
              <span key={k} class="fact">
                <span class="muted">{k}=</span>
                {v}
              </span>
            ))}
          </span>
        </li>
      ))}
    </ol>
  );
}
