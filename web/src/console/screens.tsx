import type { ComponentChildren } from "preact";
import type { IconName } from "./parts/icons";
import { Empty, Page } from "./parts/ui";
import { AuditScreen } from "./screens/audit";
import { CallDetail } from "./screens/call";
import { CallsScreen } from "./screens/calls";
import { CertificatesScreen } from "./screens/certificates";
import { ConfigScreen } from "./screens/config";
import { DoctorScreen } from "./screens/doctor";
import { ExplainScreen } from "./screens/explain";
import { HistoryScreen } from "./screens/history";
import { OverviewScreen } from "./screens/overview";
import { SecurityScreen } from "./screens/security";
import { TokensScreen } from "./screens/tokens";
import { TrunksScreen } from "./screens/trunks";
import { UsersScreen } from "./screens/users";
import { session } from "./session";

// The screens, and what they need: one whose operation the gateway does not have, or
// that the reader may not use, is not offered.

interface Screen {
  id: string;
  title: string;
  path: string;
  icon: IconName;
  /** The operation that it cannot do without. */
  needs: string;
  show: (rest: string[]) => ComponentChildren;
}

interface Group {
  name: string;
  screens: Screen[];
}

const all: Group[] = [
  {
    name: "Calls",
    screens: [
      { id: "overview", title: "Overview", path: "/", icon: "overview", needs: "get-overview", show: () => <OverviewScreen /> },
      { id: "calls", title: "Calls", path: "/calls", icon: "calls", needs: "list-calls", show: (rest) => (rest[0] ? <CallDetail key={rest[0]} id={rest[0]} tab={rest[1] ?? ""} /> : <CallsScreen />) },
      { id: "history", title: "History", path: "/history", icon: "history", needs: "list-cdrs", show: () => <HistoryScreen /> },
    ],
  },
  {
    name: "Who is connected",
    screens: [
      { id: "users", title: "Users", path: "/users", icon: "phones", needs: "list-registrations", show: () => <UsersScreen /> },
      { id: "trunks", title: "Trunks", path: "/trunks", icon: "trunks", needs: "list-trunks", show: () => <TrunksScreen /> },
    ],
  },
  {
    name: "How it is set up",
    screens: [
      { id: "explain", title: "Explain", path: "/explain", icon: "explain", needs: "explain-route", show: () => <ExplainScreen /> },
      { id: "config", title: "Configuration", path: "/config", icon: "config", needs: "get-config", show: () => <ConfigScreen /> },
      { id: "certificates", title: "Certificates", path: "/certificates", icon: "certificates", needs: "list-certificates", show: () => <CertificatesScreen /> },
      { id: "security", title: "Security", path: "/security", icon: "security", needs: "get-security", show: () => <SecurityScreen /> },
      { id: "tokens", title: "Tokens", path: "/tokens", icon: "tokens", needs: "list-tokens", show: () => <TokensScreen /> },
      { id: "audit", title: "Audit", path: "/audit", icon: "audit", needs: "list-audit", show: () => <AuditScreen /> },
      { id: "doctor", title: "Doctor", path: "/doctor", icon: "doctor", needs: "get-doctor", show: () => <DoctorScreen /> },
    ],
  },
];

export function groups(): Group[] {
  return all.map((g) => ({ ...g, screens: g.screens.filter((s) => session.can(s.needs)) })).filter((g) => g.screens.length);
}

/** active says whether a screen is the one that a path is of. */
export function active(screen: string, path: string): boolean {
  return screen === "/" ? path === "/" : path === screen || path.startsWith(screen + "/");
}

export function screenOf(path: string): ComponentChildren {
  const screens = groups().flatMap((g) => g.screens);
  const s = screens.find((x) => active(x.path, path)) ?? (path === "/" ? screens[0] : undefined);
  if (!s) {
    return (
      <Page title="Nothing here">
        <Empty title="There is no such screen">It may not be part of this gateway, or your role may not see it. The menu shows what there is.</Empty>
      </Page>
    );
  }
  const rest = path
    .slice(s.path === "/" ? 1 : s.path.length + 1)
    .split("/")
    .filter(Boolean)
    .map(decode);
  return s.show(rest);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
