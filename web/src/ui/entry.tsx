import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { App } from "../app";
import { t } from "../say";
import type { About } from "../session";
import { Mark } from "./icons";

// The screens before the phone: one card in the middle of the page.

function Card({ children, testid }: { children: ComponentChildren; testid: string }) {
  return (
    <main class="entry" data-testid={testid}>
      <div class="brand">
        <Mark size={36} />
        <span>tandem</span>
      </div>
      <div class="card">{children}</div>
    </main>
  );
}

export function Starting({ away }: { away: boolean }) {
  return (
    <main class="entry" data-testid="starting" data-state={away ? "away" : "opening"}>
      <p class="muted" role="status">
        {away ? t("The gateway cannot be reached. The phone opens by itself as soon as it answers.") : t("Opening the phone…")}
      </p>
    </main>
  );
}

export function Login({ app, message }: { app: App; message: string }) {
  const user = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const submit = (e: Event) => {
    e.preventDefault();
    void app.signIn(user.current?.value.trim() ?? "", password.current?.value ?? "");
  };
  const busy = app.signingIn.value;
  return (
    <Card testid="login">
      <h1>{t("Sign in")}</h1>
      {message && (
        <p class="banner error" role="alert" data-testid="login-message">
          {message}
        </p>
      )}
      <form onSubmit={submit}>
        <label for="user">{t("User")}</label>
        <input id="user" data-testid="login-user" ref={user} required maxLength={128} autocomplete="username" autocapitalize="none" spellcheck={false} autofocus />
        <label for="password">{t("Password")}</label>
        <input id="password" data-testid="login-password" ref={password} required type="password" maxLength={256} autocomplete="current-password" />
        <button class="primary wide" data-testid="login-submit" type="submit" disabled={busy}>
          {busy ? t("Signing in…") : t("Sign in")}
        </button>
      </form>
      <p class="muted small">{t("The same user and password as on a desk phone. A link from the gateway opens the phone without either.")}</p>
    </Card>
  );
}

/** secureLink is this page at the gateway's https listener; null when there is none. */
export function secureLink(about: About | null, at: { hostname: string; pathname: string }): string | null {
  if (!about?.securePort) return null;
  const port = about.securePort === 443 ? "" : `:${about.securePort}`;
  return `https://${at.hostname}${port}${at.pathname}`;
}

export function Insecure({ about, at }: { about: About | null; at: { hostname: string; pathname: string } }) {
  const link = secureLink(about, at);
  return (
    <Card testid="insecure">
      <h1>{t("This address cannot use the microphone")}</h1>
      <p>
        {t("Browsers give the microphone only to pages that come over https, or from this very machine. This page came over plain http from {host}.", { host: at.hostname })}
      </p>
      {link ? (
        <>
          <a class="button primary wide" data-testid="secure-link" href={link}>
            {t("Open the phone over https")}
          </a>
          <p class="small break">{link}</p>
        </>
      ) : (
        <p data-testid="no-secure-link">{t("This gateway has no https listener. Open the phone on the machine where it runs, at http://localhost, or let its operator add one.")}</p>
      )}
      {about?.trust && (
        <p class="muted small">
          {t("If the browser warns about the certificate: this gateway has a certificate authority of its own.")} <a href="/trust">{t("Trust it once on this device, and the warning is gone.")}</a>
        </p>
      )}
    </Card>
  );
}

/** Elsewhere is shown where another tab of this browser has the phone. */
export function Elsewhere({ app, taken }: { app: App; taken: boolean }) {
  return (
    <Card testid="elsewhere">
      <h1>{taken ? t("The phone went on in another tab") : t("The phone is already open in another tab")}</h1>
      <p>{taken ? t("Calls ring there now.") : t("Use it there, or bring it here. Calls of the other tab end when it is brought here.")}</p>
      <button type="button" class="primary wide" data-testid="use-here" onClick={() => void app.useHere(true)}>
        {t("Use it here")}
      </button>
      {!taken && (
        <button type="button" class="secondary wide" data-testid="use-both" onClick={() => void app.useHere(false)}>
          {t("Open a second phone")}
        </button>
      )}
      {!taken && (
        <button type="button" class="ghost wide" data-testid="use-another" onClick={() => app.useAnother()}>
          {t("Sign in as somebody else")}
        </button>
      )}
    </Card>
  );
}

export function Unsupported() {
  return (
    <Card testid="unsupported">
      <h1>{t("This browser cannot make calls")}</h1>
      <p>{t("It has no WebRTC, or it has been switched off by a setting or an extension. Current versions of Chrome, Edge, Firefox and Safari have it.")}</p>
    </Card>
  );
}
