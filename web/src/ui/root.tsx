import type { App } from "../app";
import type { Sound } from "../audio/sound";
import { Elsewhere, Insecure, Login, Starting, Unsupported } from "./entry";
import { PhoneScreen } from "./phone_screen";

/** Root shows the screen that the App says. */
export function Root({ app, sound }: { app: App; sound: Sound }) {
  const screen = app.screen.value;
  switch (screen.name) {
    case "starting":
      return <Starting away={screen.away ?? false} />;
    case "insecure":
      return <Insecure about={screen.about} at={location} />;
    case "unsupported":
      return <Unsupported />;
    case "login":
      return <Login app={app} message={screen.message} />;
    case "elsewhere":
      return <Elsewhere app={app} taken={screen.taken} />;
    case "phone":
      return <PhoneScreen app={app} phone={app.phone} sound={sound} />;
  }
}
