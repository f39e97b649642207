import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "../parts/ui";
import { session } from "../session";

// The screens before the console: one card in the middle.

function Card({ children, testid }: { children: preact.ComponentChildren; testid: string }) {
  useEffect(() => void (document.title = "Sign in · tandem"), []);
  return (
    <main class="entrance" data-testid={testid}>
      <div class="sign big">
        <svg class="mark" width={36} height={36} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
          <circle cx="10.500" cy="16" r="7" />
          <circle cx="21.500" cy="16" r="7" />
        </svg>
        tandem <span class="muted">console</span>
      </div>
      <div class="panel card">{children}</div>
    </main>
  );
}

export function Starting() {
  return (
    <main class="entrance" data-testid="starting">
      <p class="muted" role="status">
        Opening the console…
      </p>
    </main>
  );
}

export function Away() {
  return (
    <Card testid="away">
      <h1>The gateway does not answer</h1>
      <p role="alert">{session.message.value}</p>
      <Button kind="primary" onClick={() => location.reload()}>
        Try again
      </Button>
    </Card>
  );
}

export function SignIn() {
  const name = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const busy = useSignal(false);
  const submit = async (e: Event) => {
    e.preventDefault();
    busy.value = true;
    await session.signIn(name.current?.value.trim() ?? "", password.current?.value ?? "");
    busy.value = false;
  };
  return (
    <Card testid="sign-in">
      <h1>Sign in</h1>
      {session.message.value && (
        <p class="banner error" role="alert" data-testid="sign-in-message">
          {session.message.value}
        </p>
      )}
      <form onSubmit={(e) => void submit(e)}>
        <label for="name">Name</label>
        <input id="name" ref={name} required maxLength={128} autocomplete="username" autocapitalize="none" spellcheck={false} autofocus data-testid="sign-in-name" />
        <label for="password">Password</label>
        <input id="password" ref={password} required type="password" maxLength={256} autocomplete="current-password" data-testid="sign-in-password" />
        <Button kind="primary" type="submit" disabled={busy.value} testid="sign-in-submit">
          {busy.value ? "Signing in…" : "Sign in"}
        </Button>
      </form>
      {session.service.value && (
        <a class="btn wide" href="/api/v1/login/oidc" data-testid="sign-in-service">
          Sign in with {session.service.value}
        </a>
      )}
      <p class="muted small">
        For people who run this gateway. Whoever keeps its configuration lets you in with an <code>admin</code> block. The phone is <a href="/">at the top of this address</a>.
      </p>
    </Card>
  );
}
