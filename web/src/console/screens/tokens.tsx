import { request, type Token } from "../api";
import { ago, instant, plural } from "../format";
import { useLoad } from "../load";
import { now } from "../now";
import { type Column, Table } from "../parts/table";
import { act, ask, Button, Copy, Empty, fill, Loading, Page, Problem, State, Tag } from "../parts/ui";
import { session } from "../session";

// What programs use the API with. A token itself is seen once, when it is made.

const roles: Array<[string, string]> = [
  ["viewer", "viewer: look at everything but secrets"],
  ["operator", "operator: also work with calls"],
  ["admin", "admin: everything"],
];

export function TokensScreen() {
  const list = useLoad<{ tokens: Token[] }>("tokens", 30_000);
  const all = list.value?.tokens ?? [];
  const make = async () => {
    const v = await fill({
      title: "Make a token",
      text: "A program sends it as Authorization: Bearer.",
      action: "Make",
      fields: { name: { label: "What it is for", hint: "Such as: dashboard, billing" }, role: { label: "Role", of: roles, value: "viewer" }, days: { label: "Good for, days", type: "number", optional: true, hint: "Nothing: until it is removed" } },
    });
    if (!v) return;
    let made: (Token & { token: string }) | undefined;
    await act(async () => (made = await request("POST", "tokens", { name: v.name, role: v.role, ...(Number(v.days) > 0 ? { days: Number(v.days) } : {}) })), "");
    list.again();
    if (made) await shown(made.token, made.name);
  };
  return (
    <Page
      title="Tokens"
      note={
        list.value && (
          <>
            <span>
              {all.length ? `${plural(all.length, "token")} for programs` : "For programs"} that use the <a href="/api/v1/">API</a>
            </span>
          </>
        )
      }
      actions={
        session.can("make-token") && (
          <Button kind="primary" icon="add" onClick={() => void make()} testid="make-token">
            Make a token
          </Button>
        )
      }
    >
      {list.error ? <Problem error={list.error} again={list.again} /> : null}
      {list.busy && !list.value ? <Loading /> : null}
      {list.value && <Table label="Tokens" columns={columns(list.again)} rows={all} id={(t) => t.id} sorted="Name" empty={<Empty title="No program has a token">Make one for each program, so that each can be taken back by itself.</Empty>} />}
    </Page>
  );
}

/** shown tells a token the only time that it is told. */
async function shown(secret: string, name: string) {
  await fill({
    title: `The token for ${name}`,
    text: (
      <>
        <p>It is shown this once. Keep it where the program finds it.</p>
        <p class="copyline secret">
          <code class="break grow" data-testid="token-secret">
            {secret}
          </code>
          <Copy text={secret} what="the token" />
        </p>
      </>
    ),
    action: "I have it",
    only: true,
  });
}

function columns(again: () => void): Column<Token>[] {
  return [
    { name: "Name", cell: (t) => <b>{t.name}</b>, sort: (t) => t.name },
    { name: "Role", cell: (t) => <Tag tone={t.role === "admin" ? "warn" : "idle"}>{t.role}</Tag>, sort: (t) => t.role, width: "7rem" },
    { name: "Made", cell: (t) => ago(t.created, now.value), sort: (t) => t.created, rank: 2, width: "10rem" },
    { name: "By", cell: (t) => t.owner ?? "", sort: (t) => t.owner ?? "", rank: 3, width: "9rem" },
    { name: "Last used", cell: (t) => (instant(t.used) === null ? "never" : ago(t.used, now.value)), sort: (t) => t.used ?? "", rank: 2, width: "10rem" },
    { name: "Ends", cell: (t) => <Ends t={t} />, sort: (t) => t.expires ?? "9", width: "9rem" },
    {
      name: "Actions",
      bare: true,
      cell: (t) =>
        session.can("remove-token") && (
          <button type="button" class="btn plain small danger" onClick={() => void remove(t, again)} data-testid="remove-token">
            Remove
          </button>
        ),
      width: "6.5rem",
    },
  ];
}

function Ends({ t }: { t: Token }) {
  const at = instant(t.expires);
  if (at === null) return <>never</>;
  return at < now.value ? <State state="ended" tone="bad" /> : <>{ago(t.expires, now.value)}</>;
}

async function remove(t: Token, again: () => void) {
  const sure = await ask({ title: `Remove the token ${t.name}?`, text: "A program that uses it is refused from now on.", action: "Remove", danger: true });
  if (sure !== null && (await act(() => request("DELETE", `tokens/${encodeURIComponent(t.id)}`), "The token is of no use any more."))) again();
}
