import type { WarningName } from "./model/warnings";
import type { Quality } from "./quality";
import { t } from "./say";

const ms = (s: number) => Math.round(s * 1000);

/** warningWords says what is wrong with the sound, the worst thing only, and what helps; "" when nothing is. */
export function warningWords(raised: readonly WarningName[], q: Quality): string {
  if (raised.includes("microphone")) return t("The microphone gives the same level all the time: the other side may hear a hum, or nothing. Choose another one under Settings.");
  if (raised.includes("loss")) return t("Sound is lost on the way ({share} %). A cable instead of Wi-Fi helps, or less traffic.", { share: (q.loss * 100).toFixed(1) });
  if (raised.includes("jitter")) return t("Sound arrives unevenly ({time} ms). Downloads or a weak Wi-Fi are the usual reasons.", { time: ms(q.jitter) });
  if (raised.includes("rtt")) return t("The way is long ({time} ms there and back): you will speak over each other.", { time: ms(q.rtt) });
  if (raised.includes("mos")) return t("The sound is poor on this connection.");
  return "";
}
