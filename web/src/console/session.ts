import { computed, signal } from "@preact/signals";
import { ApiError, get, request, type Me, type Role, words } from "./api";

// Who reads the console, and what they may do: the gateway's own description of its
// API names the least role of each operation, and has none for what it cannot do.

const rank: Record<string, number> = { "": 0, viewer: 1, operator: 2, admin: 3 };

interface Description {
  paths: Record<string, Record<string, { operationId?: string; "x-role"?: string }>>;
}

/** rolesOf gives the least role of each operation by its id. */
export function rolesOf(d: Description): Map<string, Role | ""> {
  const out = new Map<string, Role | "">();
  for (const methods of Object.values(d.paths ?? {})) {
    for (const op of Object.values(methods)) {
      if (op && op.operationId) out.set(op.operationId, (op["x-role"] ?? "") as Role | "");
    }
  }
  return out;
}

/** allowed says whether a role may use an operation; never where there is none. */
export function allowed(roles: Map<string, string>, role: string, operation: string): boolean {
  const need = roles.get(operation);
  return need !== undefined && (rank[role] ?? 0) >= (rank[need] ?? 99);
}

/** refusals say why somebody whom the sign-in service has sent back is not in. */
const refusals = new Map(
  Object.entries({
    none: "There is no sign-in service here any more.",
    unreachable: "The sign-in service does not answer. Try again later, or sign in with name and password.",
    expired: "That took too long, or began in another window. Try again.",
    role: "The sign-in service knows you, but nobody here has given you a role. Ask whoever keeps the configuration.",
    busy: "Too many people sign in at once, or too many tries came from your address. Try again in a minute.",
  }),
);

class Session {
  readonly me = signal<Me | null>(null);
  readonly state = signal<"starting" | "out" | "in" | "away">("starting");
  readonly message = signal("");
  readonly roles = signal(new Map<string, Role | "">());
  /** service is what the sign-in service elsewhere is called; empty where there is none. */
  readonly service = signal("");

  readonly role = computed(() => this.me.value?.role ?? "viewer");

  /** can says whether the reader may do something, by the id of its operation. */
  can(operation: string): boolean {
    return allowed(this.roles.value, this.role.value, operation);
  }

  /** boot finds out who is signed in; a token of a link is used up by it. Why the sign-in service brought nobody is said. */
  async boot(token: string, why: string): Promise<void> {
    this.message.value = why && (refusals.get(why) ?? "The sign-in service did not let you in.");
    try {
      this.roles.value = rolesOf(await get<Description>("openapi.json"));
      this.service.value = await get<{ service?: string }>("login").then((w) => w.service ?? "", () => "");
      if (token) await request("POST", "login", { token }).catch((err: unknown) => void (this.message.value = words(err)));
      this.me.value = await get<Me>("me");
      this.state.value = "in";
    } catch (err) {
      this.failed(err);
    }
  }

  private failed(err: unknown) {
    if (err instanceof ApiError && (err.status === 401 || err.status === 403)) {
      this.state.value = "out";
      return;
    }
    this.message.value = words(err);
    this.state.value = "away";
  }

  async signIn(name: string, password: string): Promise<void> {
    this.message.value = "";
    try {
      await request("POST", "login", { name, password });
      this.me.value = await get<Me>("me");
      this.state.value = "in";
    } catch (err) {
      this.message.value = words(err);
    }
  }

  async signOut(): Promise<void> {
    await request("POST", "logout", {}).catch(() => {});
    this.me.value = null;
    this.message.value = "";
    this.state.value = "out";
  }

  /** signedOut is what an answer of 401 means in the midst of reading. */
  signedOut() {
    if (this.state.peek() !== "in") return;
    this.message.value = "You have been signed out. Sign in again to go on here.";
    this.me.value = null;
    this.state.value = "out";
  }
}

export const session = new Session();
