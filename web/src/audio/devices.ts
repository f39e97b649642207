import { t } from "../say";
import { signal } from "@preact/signals";

export interface Device {
  id: string;
  label: string;
}

/** devices lists microphones and speakers; labels are hidden until the microphone was allowed once. */
export const devices = signal<{ inputs: Device[]; outputs: Device[] }>({ inputs: [], outputs: [] });

/** watchDevices keeps the list true while devices come and go. */
export function watchDevices(): void {
  const media = navigator.mediaDevices;
  if (!media) return;
  media.addEventListener("devicechange", () => void refreshDevices());
  void refreshDevices();
}

export async function refreshDevices(): Promise<void> {
  const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  const pick = (kind: string, noun: string) =>
    all
      .filter((d) => d.kind === kind && d.deviceId && d.deviceId !== "default" && d.deviceId !== "communications")
      .map((d, i) => ({ id: d.deviceId, label: d.label || `${noun} ${i + 1}` }));
  devices.value = { inputs: pick("audioinput", t("Microphone")), outputs: pick("audiooutput", t("Speaker")) };
}
