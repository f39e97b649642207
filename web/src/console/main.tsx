import { render } from "preact";
import { tick } from "./now";
import { go, start, tokenOf, whyOf } from "./router";
import { session } from "./session";
import { Shell } from "./shell";
import { restoreTheme } from "./theme";

restoreTheme();
start();
tick();
const token = tokenOf(location);
// A token is for once: it must not stay in the address line and its history.
const why = whyOf(location);
if (token || why) go("/", true);
render(<Shell />, document.getElementById("app") as HTMLElement);
void session.boot(token, why);
