// Drawn on a 24 by 24 grid with a stroke of 1.75 and no fill, for this phone.

const paths = {
  call: "M5.5 4h3l1.6 4.2-2 1.5a12.5 12.5 0 0 0 6.2 6.2l1.5-2L20 15.5v3a1.7 1.7 0 0 1-1.9 1.7C10.8 19.5 4.5 13.2 3.8 5.9A1.7 1.7 0 0 1 5.5 4Z",
  hangup: "M3.3 14.7c-.5-1-.4-2.3.5-3.1a13.2 13.2 0 0 1 16.4 0c.9.8 1 2.1.5 3.1l-.8 1.3-4-1.2-.4-2.6a11 11 0 0 0-7 0l-.4 2.6-4 1.2Z",
  mic: "M12 3.5a2.7 2.7 0 0 1 2.7 2.7v5.3a2.7 2.7 0 0 1-5.4 0V6.2A2.7 2.7 0 0 1 12 3.5ZM6.2 11.3a5.8 5.8 0 0 0 11.6 0M12 17.1v3.4M9 20.5h6",
  micOff: "M4 4l16 16M9.3 9.3v2.2a2.7 2.7 0 0 0 4.1 2.3M14.7 11V6.2a2.7 2.7 0 0 0-5.2-1M6.2 11.3a5.8 5.8 0 0 0 8.8 5M17.8 11.3c0 .9-.2 1.8-.6 2.6M12 17.1v3.4M9 20.5h6",
  hold: "M9 5.5v13M15 5.5v13",
  resume: "M8 5.3v13.4L18.5 12Z",
  keypad: "M6 6h.01M12 6h.01M18 6h.01M6 12h.01M12 12h.01M18 12h.01M6 18h.01M12 18h.01M18 18h.01",
  erase: "M9 5.5h10a1.5 1.5 0 0 1 1.5 1.5v10a1.5 1.5 0 0 1-1.5 1.5H9L3.5 12ZM11.5 9.5l5 5M16.5 9.5l-5 5",
  swap: "M7 4.5 3.5 8 7 11.5M3.5 8h13M17 12.5l3.5 3.5-3.5 3.5M20.5 16h-13",
  add: "M12 5.5v13M5.5 12h13",
  close: "M6 6l12 12M18 6 6 18",
  help: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM9.7 9.6a2.4 2.4 0 1 1 3.5 2.1c-.8.4-1.2.9-1.2 1.7M12 16.4h.01",
  exit: "M14 4.5H7A1.5 1.5 0 0 0 5.5 6v12A1.5 1.5 0 0 0 7 19.5h7M10.5 12h9.5M16.5 8.5 20 12l-3.5 3.5",
  warn: "M12 4 2.8 19.5h18.4ZM12 10v4.5M12 17.2h.01",
  bell: "M6.5 16.5v-5a5.5 5.5 0 0 1 11 0v5l1.5 1.5H5ZM10 20.5h4",
  camera: "M4.5 6.5h8A1.5 1.5 0 0 1 14 8v8a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 3 16V8a1.5 1.5 0 0 1 1.5-1.5ZM14 10.8l6.5-3.6v9.6L14 13.2",
  cameraOff: "M4 4l16 16M7.5 6.5h5A1.5 1.5 0 0 1 14 8v4.5M14 16a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 3 16V8c0-.5.2-.9.6-1.2M14 10.8l6.5-3.6v9.6l-3-1.7",
  screen: "M4.5 5h15A1.5 1.5 0 0 1 21 6.5v8.5a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 15V6.5A1.5 1.5 0 0 1 4.5 5ZM8.5 20h7M12 13.5v-5M9.5 10.5 12 8l2.5 2.5",
  whole: "M4.5 9V4.5H9M15 4.5h4.5V9M19.5 15v4.5H15M9 19.5H4.5V15",
  transfer: "M4 12h11M11 7.5 15.5 12 11 16.5M19.5 5v14",
  merge: "M4.5 6c6 0 6 6 10 6M4.5 18c6 0 6-6 10-6M14 8.5 18 12l-4 3.5",
  chat: "M5.5 5h13A1.5 1.5 0 0 1 20 6.5v8a1.5 1.5 0 0 1-1.5 1.5H11l-4.5 4v-4h-1A1.5 1.5 0 0 1 4 14.5v-8A1.5 1.5 0 0 1 5.5 5Z",
  tape: "M7.5 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM16.5 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM7.5 16h9",
  out: "M7 17 17 7M9 7h8v8",
  in: "M17 7 7 17M7 9v8h8",
  send: "M4 12 20 4.5 15.5 20l-3.5-6.5ZM12 13.5 20 4.5",
  quiet: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM8 12h8",
  people: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3 19.5a6 6 0 0 1 12 0M15.5 4.8a3.5 3.5 0 0 1 0 6.4M17.5 14.2a6 6 0 0 1 3.5 5.3",
  clock: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5V12l3 2",
  gear: "M4.5 7h8M16.5 7h3M4.5 12h3M11.5 12h8M4.5 17h6M14.5 17h5M14.5 5v4M9.5 10v4M12.5 15v4",
  check: "M5 12.5 10 17.5 19.5 7",
  back: "M14.5 6 8.5 12l6 6",
  speaker: "M4.5 9.5v5h3.3L12 18V6L7.8 9.5ZM15.5 9a4 4 0 0 1 0 6M18 6.5a7.6 7.6 0 0 1 0 11",
} as const;

export type IconName = keyof typeof paths;

/** Icon is decoration: the control around it carries the name. */
export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg class={`icon ${name === "keypad" ? "dots" : ""}`} width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

/** Mark is tandem's sign: two wheels, one frame. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <circle cx="10.5" cy="16" r="7" />
      <circle cx="21.5" cy="16" r="7" />
    </svg>
  );
}
