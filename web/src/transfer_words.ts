import { endedWords } from "./words";
import { t } from "./say";

/** transferWords says why somebody was not sent on. */
export function transferWords(p: { status: number; reason: string }, to: string): { title: string; detail: string } {
  const title = t("The call was not transferred");
  if (!p.status) return { title, detail: t("The gateway did not say why. The call goes on.") };
  const why = endedWords({ by: "them", status: p.status, q850: 0, reason: p.reason, warning: "" }, { direction: "out", answered: false, who: to });
  return { title, detail: `${to}: ${why.title}. ${why.detail}`.trim() };
}
