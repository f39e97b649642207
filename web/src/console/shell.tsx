import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { link } from "./live";
import { Icon } from "./parts/icons";
import { Asking, Button, Toasts } from "./parts/ui";
import { href, path } from "./router";
import { active, groups, screenOf } from "./screens";
import { SignIn, Starting, Away } from "./screens/sign_in";
import { session } from "./session";
import { setTheme, theme, type Theme } from "./theme";

// The frame around the screens: the way between them, who is signed in, whether
// what is seen is live.

export function Shell() {
  switch (session.state.value) {
    case "starting":
      return <Starting />;
    case "away":
      return <Away />;
    case "out":
      return <SignIn />;
  }
  return <Frame />;
}

function Frame() {
  const open = useSignal(false);
  const here = path.value;
  useEffect(() => {
    open.value = false;
    document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [here.split("/")[1]]);
  return (
    <div class={`frame ${open.value ? "navopen" : ""}`} onKeyDown={(e) => e.key === "Escape" && (open.value = false)}>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="bar">
        <button type="button" class="btn plain" aria-expanded={open.value} aria-controls="nav" aria-label="Menu" onClick={() => (open.value = !open.value)} data-testid="menu">
          <Icon name={open.value ? "close" : "menu"} />
        </button>
        <Sign />
        <LinkState />
      </header>
      <nav id="nav" aria-label="Console">
        <div class="navtop">
          <Sign />
        </div>
        <div class="navlist">
          {groups().map((g) => (
            <ul key={g.name} aria-label={g.name}>
              {g.screens.map((s) => (
                <li key={s.path}>
                  <a href={href(s.path)} aria-current={active(s.path, here) ? "page" : undefined} data-testid={`nav-${s.id}`}>
                    <Icon name={s.icon} />
                    {s.title}
                  </a>
                </li>
              ))}
            </ul>
          ))}
          <ul aria-label="For programs">
            <li>
              <a href="/api/v1/">
                <Icon name="api" />
                API
              </a>
            </li>
          </ul>
        </div>
        <Foot />
      </nav>
      <main id="main" data-testid="main">
        {screenOf(here)}
      </main>
      <Asking />
      <Toasts />
    </div>
  );
}

function Sign() {
  return (
    <a class="sign" href={href("/")}>
      <svg class="mark" width={26} height={26} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <circle cx="10.500" cy="16" r="7" />
        <circle cx="21.500" cy="16" r="7" />
      </svg>
      tandem
    </a>
  );
}

const linkWords = { off: "", connecting: "Connecting…", live: "Live", lost: "Not connected" } as const;

function LinkState() {
  const l = link.value;
  if (l === "off") return <span class="linkstate" />;
  return (
    <span class={`linkstate state ${l === "live" ? "good" : l === "lost" ? "bad" : "busy"}`} role="status" data-testid="link" data-state={l}>
      <i aria-hidden="true" />
      {linkWords[l]}
    </span>
  );
}

const themes: Array<[Theme, string, "system" | "light" | "dark"]> = [
  ["system", "As the system", "system"],
  ["light", "Light", "light"],
  ["dark", "Dark", "dark"],
];

function Foot() {
  const me = session.me.value;
  return (
    <div class="navfoot">
      <LinkState />
      <div class="themes" role="group" aria-label="Colors">
        {themes.map(([t, title, icon]) => (
          <button key={t} type="button" aria-pressed={theme.value === t} title={title} aria-label={title} onClick={() => setTheme(t)} data-testid={`theme-${t}`}>
            <Icon name={icon} size={18} />
          </button>
        ))}
      </div>
      {me && (
        <div class="me">
          <span class="grow">
            <b>{me.name}</b>
            <small class="muted">{me.role}</small>
          </span>
          <Button kind="plain" icon="exit" onClick={() => void session.signOut()} title="Sign out" testid="sign-out">
            <span class="visually-hidden">Sign out</span>
          </Button>
        </div>
      )}
    </div>
  );
}
