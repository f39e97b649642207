import type { App } from "../app";
import type { Phone } from "../model/phone";
import { t } from "../say";
import { registrationWords } from "../words";
import { Icon } from "./icons";

/** Banners say what is wrong outside of a call, and what helps. */
export function Banners({ phone, app }: { phone: Phone; app: App }) {
  const r = phone.registration.value;
  const words = registrationWords(r, phone.account.value?.user ?? "", phone.clock.value);
  const notice = phone.notice.value;
  const password = r.state === "refused" && [401, 403, 407].includes(r.status);
  return (
    <section class="banners" aria-label={t("Notices")}>
      {words.problem && (
        <p class="banner error" data-testid="registration-problem">
          <Icon name="warn" size={20} />
          <span class="grow">
            {words.problem} {words.next}
          </span>
          {password ? (
            <button type="button" onClick={() => void app.signOut()}>
              {t("Sign in")}
            </button>
          ) : (
            <button type="button" data-testid="retry" onClick={() => phone.retry()}>
              {t("Try now")}
            </button>
          )}
        </p>
      )}
      {phone.blockedAudio.value && (
        <p class="banner warn" role="alert" data-testid="audio-blocked">
          <Icon name="speaker" size={20} />
          <span class="grow">{t("The browser waits for a click before it plays sound.")}</span>
          <button type="button" onClick={() => phone.unlockAudio()}>
            {t("Play sound")}
          </button>
        </p>
      )}
      {notice && (
        <p class={`banner ${notice.kind}`} role="alert" data-testid="notice">
          <Icon name="warn" size={20} />
          <span class="grow">
            <b>{notice.title}.</b> {notice.detail}
          </span>
          <button type="button" aria-label={t("Close this message")} onClick={() => (phone.notice.value = null)}>
            {t("Close")}
          </button>
        </p>
      )}
    </section>
  );
}
