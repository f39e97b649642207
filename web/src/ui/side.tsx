import type { ComponentChildren } from "preact";
import type { Sound } from "../audio/sound";
import type { Panel, Phone } from "../model/phone";
import { t } from "../say";
import { ChatPanel } from "./chat_panel";
import { HistoryPanel } from "./history_panel";
import { Icon, type IconName } from "./icons";
import { PeoplePanel } from "./people_panel";
import { SettingsPanel } from "./settings_panel";

interface Tab {
  panel: Panel;
  icon: IconName;
  name: string;
  count: number;
}

/** Side is what stands beside the calls: people, past calls, messages and settings, one at a time. */
export function Side({ phone, sound, numbers }: { phone: Phone; sound: Sound; numbers: Array<{ number: string; label: string }> }) {
  const tabs: Tab[] = [
    { panel: "people", icon: "people", name: t("People"), count: 0 },
    { panel: "calls", icon: "clock", name: t("Calls"), count: phone.history.missed.value },
    { panel: "messages", icon: "chat", name: t("Messages"), count: phone.chat.unread.value },
    { panel: "settings", icon: "gear", name: t("Settings"), count: 0 },
  ];
  const open = phone.panel.value;
  const bodies: Record<Panel, () => ComponentChildren> = {
    people: () => <PeoplePanel phone={phone} numbers={numbers} />,
    calls: () => <HistoryPanel phone={phone} />,
    messages: () => <ChatPanel phone={phone} />,
    settings: () => <SettingsPanel phone={phone} sound={sound} />,
  };
  const name = tabs.find((x) => x.panel === open)?.name ?? "";
  return (
    <aside class="side" aria-label={t("People, calls, messages, settings")}>
      <div class="card panel">
        <div class="tabs" role="tablist" onKeyDown={(e) => turn(e, tabs, phone)}>
          {tabs.map((x) => (
            <TabButton key={x.panel} tab={x} open={x.panel === open} choose={() => phone.show(x.panel)} />
          ))}
        </div>
        <div class="tabbody" role="tabpanel" id="panel" aria-label={name} data-testid={`panel-${open}`}>
          {bodies[open]()}
        </div>
      </div>
    </aside>
  );
}

function TabButton({ tab, open, choose }: { tab: Tab; open: boolean; choose: () => void }) {
  const label = tab.count ? t("{name}, {count} new", { name: tab.name, count: tab.count }) : tab.name;
  return (
    <button type="button" role="tab" id={`tab-${tab.panel}`} aria-controls="panel" aria-selected={open} aria-label={label} tabIndex={open ? 0 : -1} data-testid={`tab-${tab.panel}`} data-count={tab.count} onClick={choose}>
      <Icon name={tab.icon} size={20} />
      <span>{tab.name}</span>
      {tab.count > 0 && <b class="count">{tab.count}</b>}
    </button>
  );
}

// Arrow keys go from tab to tab (WAI-ARIA, tabs pattern).
function turn(e: KeyboardEvent, tabs: Tab[], phone: Phone): void {
  const step = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
  if (!step) return;
  const at = tabs.findIndex((x) => x.panel === phone.panel.value);
  const next = tabs[(at + step + tabs.length) % tabs.length]!.panel;
  phone.show(next);
  document.getElementById(`tab-${next}`)?.focus();
  e.preventDefault();
}
