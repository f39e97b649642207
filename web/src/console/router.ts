import { signal } from "@preact/signals";

// Where the reader is: a path below /console, and what stands after its "?".

export const root = "/console";

/** path is what comes after /console, with a slash before it and none behind. */
export const path = signal("/");
export const query = signal(new URLSearchParams());

/** pathOf takes a page's path apart; what is not below /console is its top. */
export function pathOf(pathname: string): string {
  if (pathname !== root && !pathname.startsWith(root + "/")) return "/";
  return pathname.slice(root.length).replace(/\/+$/, "") || "/";
}

function read() {
  path.value = pathOf(location.pathname);
  query.value = new URLSearchParams(location.search);
}

/** start follows the address line, and takes clicks on links to the console's own pages. */
export function start() {
  read();
  addEventListener("popstate", read);
  document.addEventListener("click", (e) => {
    const a = (e.target as Element).closest?.("a");
    if (!a || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    if (a.origin !== location.origin || a.target || a.hasAttribute("download")) return;
    if (a.pathname !== root && !a.pathname.startsWith(root + "/")) return;
    e.preventDefault();
    go(a.pathname.slice(root.length) + a.search);
  });
}

/** go opens a page; the focus goes to its heading, as with a page that is loaded. */
export function go(to: string, replace = false) {
  const url = root + (to === "/" ? "" : to);
  if (replace) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  const before = path.peek();
  read();
  if (path.peek() !== before) scrollTo(0, 0);
}

/** whyOf finds why the sign-in service has brought nobody: ?sso=. */
export function whyOf(at: { search: string }): string {
  return new URLSearchParams(at.search).get("sso") ?? "";
}

/** tokenOf finds the one-time token of a link: /console/in/TOKEN, or ?token=. */
export function tokenOf(at: { pathname: string; search: string }): string {
  return new URLSearchParams(at.search).get("token") ?? /^\/console\/[a-z]+\/([A-Z2-7]{26})$/.exec(at.pathname)?.[1] ?? "";
}

/** href is the address of a page. */
export const href = (to: string) => root + (to === "/" ? "" : to);
export const callHref = (id: string, tab = "") => href(`/calls/${encodeURIComponent(id)}${tab ? `/${tab}` : ""}`);

/** setQuery changes what stands after the "?" and leaves out what is empty. */
export function setQuery(values: Record<string, string>) {
  const q = new URLSearchParams(query.peek());
  for (const [k, v] of Object.entries(values)) v ? q.set(k, v) : q.delete(k);
  const text = q.toString();
  go(path.peek() + (text ? `?${text}` : ""), true);
}
