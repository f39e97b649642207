import { signal } from "@preact/signals";
import type { Past } from "./model/history";
import { Tabs } from "./tabs";
import type { Phone } from "./model/phone";
import { noFeatures } from "./model/features";
import { t } from "./say";
import { SessionError, about, closeSession, fetchHistory, openSession, socketURL, type About, type Credentials, type Session } from "./session";

/** Screen is what fills the page. */
export type Screen =
  /** away: the gateway has not been reached so far, and is tried again. */
  | { name: "starting"; away?: boolean }
  | { name: "insecure"; about: About | null }
  | { name: "unsupported" }
  | { name: "login"; message: string }
  | { name: "elsewhere"; taken: boolean }
  | { name: "phone" };

const storedUser = "tandem.user";
const storedInstance = "tandem.instance";
// The password is renewed this long before it ends, and again if that fails.
const renewBefore = 10 * 60_000;
const renewAgain = 30_000;

/** App decides which screen is shown and keeps the session behind the phone alive. */
export class App {
  readonly screen = signal<Screen>({ name: "starting" });
  readonly session = signal<Session | null>(null);
  readonly signingIn = signal(false);
  private renewal = 0;
  private renewing = false;

  /** What else this gateway has for phones; see About.offers. */
  offers: readonly string[] = [];
  private waiting: Session | null = null;
  private instead = false;

  constructor(
    readonly phone: Phone,
    readonly tabs: Tabs = new Tabs(),
  ) {
    tabs.taken.subscribe((taken) => taken && this.taken());
  }

  /** boot opens the phone from a link, from the cookie of this browser, or with the form. */
  async boot(): Promise<void> {
    if (!isSecureContext) {
      this.screen.value = { name: "insecure", about: null };
      this.screen.value = { name: "insecure", about: await about().catch(() => null) };
      return;
    }
    if (typeof RTCPeerConnection === "undefined" || !navigator.mediaDevices) {
      this.screen.value = { name: "unsupported" };
      return;
    }
    const token = /^\/p\/([^/]+)$/.exec(location.pathname)?.[1];
    await this.resume(token);
  }

  /** signIn is the form of two fields. */
  async signIn(user: string, password: string): Promise<void> {
    this.signingIn.value = true;
    try {
      await this.enter({ user, password });
    } catch (e) {
      this.screen.value = { name: "login", message: (e as Error).message };
    } finally {
      this.signingIn.value = false;
    }
  }

  async signOut(message = ""): Promise<void> {
    const user = this.session.value?.user;
    this.leave();
    sessionStorage.removeItem(storedUser);
    this.screen.value = { name: "login", message };
    if (user) await closeSession(user);
  }

  /** useHere opens the phone although another tab has one: instead of that one, or beside it. */
  async useHere(instead: boolean): Promise<void> {
    const s = this.waiting;
    this.waiting = null;
    this.screen.value = { name: "starting" };
    this.instead = instead && !s;
    if (s) await this.open(s, instead);
    else await this.resume(undefined);
  }

  /** useAnother shows the form although another tab has the phone of whom this browser knows. */
  useAnother(): void {
    this.waiting = null;
    this.tabs.close();
    sessionStorage.removeItem(storedUser);
    this.screen.value = { name: "login", message: "" };
  }

  /** fetchHistory asks for the user's calls, where the gateway has them. */
  async fetchHistory(): Promise<Past[] | null> {
    const user = this.session.value?.user;
    return user && this.offers.includes("history") ? fetchHistory(user) : null;
  }

  private taken(): void {
    this.leave();
    this.screen.value = { name: "elsewhere", taken: true };
  }

  private leave(): void {
    clearTimeout(this.renewal);
    this.tabs.close();
    this.session.value = null;
    this.phone.signOut();
  }

  /** passwordRefused asks for a new password once, and for the person when there is none. */
  async passwordRefused(): Promise<void> {
    if (this.renewing) return;
    if (!(await this.renew())) await this.signOut(t("The gateway no longer accepts this session. Sign in again."));
  }

  private async resume(token: string | undefined): Promise<void> {
    try {
      await this.enter(token ? { token } : { as: sessionStorage.getItem(storedUser) ?? undefined });
    } catch (e) {
      const err = e as SessionError;
      if (err.code === "unreachable") {
        this.screen.value = { name: "starting", away: true };
        setTimeout(() => void this.resume(token), 2_000);
        return;
      }
      this.screen.value = { name: "login", message: err.code === "signed-out" ? "" : err.message };
    } finally {
      // The token is spent; it need not stay in the address bar or the history.
      if (token && this.screen.value.name !== "starting") history.replaceState(null, "", "/");
    }
  }

  private async enter(c: Credentials): Promise<void> {
    const [s, known] = await Promise.all([openSession(c), about().catch(() => null)]);
    this.offers = known?.offers ?? [];
    sessionStorage.setItem(storedUser, s.user);
    const instead = this.instead;
    this.instead = false;
    if ((await this.tabs.others(s.user)) && !instead) {
      this.waiting = s;
      this.screen.value = { name: "elsewhere", taken: false };
      return;
    }
    await this.open(s, instead);
  }

  private async open(s: Session, instead: boolean): Promise<void> {
    this.tabs.enter(instead);
    this.session.value = s;
    this.schedule(s);
    const account = {
      user: s.user,
      displayName: s.displayName,
      domain: s.domain,
      ws: socketURL(s.ws, location),
      password: s.password,
      relays: s.iceServers,
      instance: await instanceId(),
    };
    this.phone.signIn(account, { features: { ...noFeatures, ...s.features }, people: s.people });
    this.screen.value = { name: "phone" };
  }

  private schedule(s: Session): void {
    const left = Date.parse(s.expires) - Date.now();
    const wait = Math.max(renewAgain, left - Math.min(renewBefore, left / 2));
    clearTimeout(this.renewal);
    this.renewal = setTimeout(() => void this.renew(), wait) as unknown as number;
  }

  /** renew fetches another password with the cookie; false when the gateway refused. */
  private async renew(): Promise<boolean> {
    const user = this.session.value?.user;
    if (!user) return false;
    this.renewing = true;
    try {
      const s = await openSession({ as: user });
      this.session.value = s;
      this.schedule(s);
      this.phone.renew(s.password, s.iceServers);
      return true;
    } catch (e) {
      if ((e as SessionError).code === "signed-out") return false;
      clearTimeout(this.renewal);
      this.renewal = setTimeout(() => void this.renew(), renewAgain) as unknown as number;
      return true;
    } finally {
      this.renewing = false;
    }
  }
}

/**
 * instanceId is this tab's own (RFC 5626 §4.1), kept over a reload so that the
 * old binding is replaced. A duplicated tab inherits sessionStorage, so the id
 * is held with a lock and a tab that does not get it makes a new one.
 */
async function instanceId(): Promise<string> {
  const id = sessionStorage.getItem(storedInstance) ?? crypto.randomUUID();
  const own = (await hold(id)) ? id : crypto.randomUUID();
  if (own !== id) await hold(own);
  sessionStorage.setItem(storedInstance, own);
  return own;
}

const heldHere = new Set<string>();

function hold(id: string): Promise<boolean> {
  if (heldHere.has(id) || !navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(`tandem-phone-${id}`, { ifAvailable: true }, (lock) => {
      resolve(!!lock);
      if (!lock) return undefined;
      heldHere.add(id);
      // Held until the tab goes.
      return new Promise(() => {});
    });
  });
}
