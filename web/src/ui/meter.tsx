import { useEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icons";

/**
 * Meter draws a level 15 times a second without rendering anything anew. It
 * shows -60 to 0 dB and says nothing to a screen reader, which would never stop.
 */
export function Meter({ level, label, icon }: { level: () => number; label: string; icon: IconName }) {
  const fill = useRef<HTMLSpanElement>(null);
  const read = useRef(level);
  read.current = level;
  useEffect(() => {
    let shown = 0;
    const timer = setInterval(() => {
      const now = share(read.current());
      // Up at once, down slowly, as a needle would.
      shown = Math.max(now, shown - 0.06);
      if (fill.current) fill.current.style.transform = `scaleX(${shown.toFixed(3)})`;
      fill.current?.parentElement?.setAttribute("data-level", shown.toFixed(2));
    }, 66);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="meter" role="img" aria-label={label} data-testid="meter">
      <Icon name={icon} size={18} />
      <span class="track">
        <span class="fill" ref={fill} />
      </span>
    </div>
  );
}

function share(rms: number): number {
  if (rms <= 0) return 0;
  return Math.min(1, Math.max(0, (20 * Math.log10(rms) + 60) / 57));
}
