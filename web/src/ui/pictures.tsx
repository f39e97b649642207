import { useEffect, useRef } from "preact/hooks";
import type { PhoneCall } from "../model/call";
import { t } from "../say";
import { Icon } from "./icons";

/** PictureStage shows the far side's picture, with ours small in a corner. */
export function PictureStage({ call }: { call: PhoneCall }) {
  const stage = useRef<HTMLDivElement>(null);
  const theirs = call.theirs.value;
  const mine = call.mine.value;
  const whole = () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void stage.current?.requestFullscreen?.().catch(() => {});
  };
  return (
    <div class="pictures" ref={stage} data-testid="pictures">
      {theirs ? <Picture stream={theirs} class="theirs" label={t("Picture of {who}", { who: call.title.value })} testid="their-picture" /> : <p class="nothing">{t("No picture from the other side")}</p>}
      {mine && <Picture stream={mine} class={`mine ${call.showing.value}`} label={call.showing.value === "screen" ? t("Your screen") : t("Your camera")} testid="my-picture" />}
      {theirs && (
        <button type="button" class="ghost whole" aria-label={t("Full screen")} title={t("Full screen")} data-testid="full-screen" onClick={whole}>
          <Icon name="whole" size={20} />
        </button>
      )}
    </div>
  );
}

/** hasPictures says whether there is anything to look at. */
export const hasPictures = (c: PhoneCall): boolean => c.live.value && !!(c.theirs.value || c.mine.value);

function Picture({ stream, label, testid, ...p }: { stream: MediaStream; class: string; label: string; testid: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const v = video.current;
    if (!v) return;
    v.srcObject = stream;
    // Sound comes by the audio element; a muted video may always play.
    v.muted = true;
    void v.play().catch(() => {});
    return () => {
      v.srcObject = null;
    };
  }, [stream]);
  return <video ref={video} class={p.class} aria-label={label} data-testid={testid} autoplay playsInline muted />;
}
