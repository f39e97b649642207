import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { Account, Progress } from "../engine/engine";
import { cleanNumber } from "../numbers";
import { t } from "../say";
import { transferWords } from "../transfer_words";
import type { PhoneCall } from "./call";
import type { Features } from "./features";
import type { Dialing, Notice } from "./parts";

/** Switchboard is what transfers see of the phone, and have it do. */
export interface Switchboard {
  readonly account: ReadonlySignal<Account | null>;
  readonly features: ReadonlySignal<Features>;
  readonly calls: ReadonlySignal<PhoneCall[]>;
  readonly current: ReadonlySignal<PhoneCall | null>;
  readonly number: Signal<string>;
  readonly adding: Signal<boolean>;
  readonly notice: Signal<Notice | null>;
  dial(text: string, o: Dialing): Promise<void>;
  hangup(call: PhoneCall): void;
  swap(call: PhoneCall): void;
  tell(title: string, detail: string): void;
}

/**
 * Transfers send the far side of a call on: to a number at once (blind), to
 * somebody who was asked first (attended), or with others into a room (merge).
 */
export class Transfers {
  /** The call that is to be sent on, while it is asked where to. */
  readonly asking = signal<PhoneCall | null>(null);
  private merging: { room: PhoneCall; members: PhoneCall[] } | null = null;

  constructor(private readonly phone: Switchboard) {}

  /** begin asks where to send a call; pressed in a consultation it completes that. */
  begin(call = this.phone.current.value): void {
    if (!call?.talking.value && !call?.askedFor.value) return;
    if (this.phone.calls.value.includes(call.askedFor.value as PhoneCall)) return this.complete(call);
    if (call.sending.value) return;
    this.asking.value = call;
    this.phone.number.value = "";
    this.phone.adding.value = true;
  }

  cancel(): void {
    this.asking.value = null;
    this.phone.adding.value = false;
  }

  /** blind sends the call on to a number and is out of it when somebody answers. */
  blind(text = this.phone.number.value): void {
    const call = this.asking.value;
    const to = cleanNumber(text, this.phone.account.value?.domain ?? "");
    if (!call || !to) return;
    this.cancel();
    this.phone.number.value = "";
    this.send(call, to, to);
  }

  /** consult calls the number first; the other waits on hold. */
  async consult(text = this.phone.number.value): Promise<void> {
    const call = this.asking.value;
    if (!call || !cleanNumber(text, this.phone.account.value?.domain ?? "")) return;
    const before = this.phone.calls.value;
    this.asking.value = null;
    await this.phone.dial(text, { askedFor: call });
    if (this.phone.calls.value === before) this.phone.adding.value = false;
  }

  /** complete joins who was asked with whom he was asked for; one who still rings is called without us. */
  complete(consultation: PhoneCall): void {
    const call = consultation.askedFor.value;
    if (!call?.talking.value) return;
    if (consultation.talking.value) return this.join(call, consultation);
    const number = consultation.party.value.number;
    this.phone.hangup(consultation);
    this.send(call, number, number);
  }

  /** join lets the far sides of two calls talk with each other, without us. */
  join(call: PhoneCall, other: PhoneCall): void {
    if (call === other || !call.talking.value || !other.talking.value || !other.leg) return;
    this.send(call, other.leg, other.title.value, other);
  }

  /** mergeable says whether there are calls that can meet in a room. */
  mergeable(): boolean {
    return !!this.phone.features.value.merge && this.members().length + (this.room() ? 1 : 0) >= 2;
  }

  /** merge brings all calls together in a room of the gateway. */
  async merge(): Promise<void> {
    const number = this.phone.features.value.merge;
    const members = this.members();
    if (!number || this.merging || !this.mergeable()) return;
    const there = this.room();
    if (there) {
      this.phone.swap(there);
      return this.gather(there, members);
    }
    await this.phone.dial(number, { name: t("Conference") });
    const room = this.phone.current.value;
    if (!room?.live.value || room.party.value.number !== number) return;
    if (room.talking.value) this.gather(room, members);
    else this.merging = { room, members };
  }

  /** connected is told of each call that is answered. */
  connected(call: PhoneCall): void {
    const m = this.merging;
    if (m?.room !== call) return;
    this.merging = null;
    this.gather(call, m.members);
  }

  /** ended is told of each call that is over. */
  ended(call: PhoneCall): void {
    if (this.merging?.room === call) this.merging = null;
    if (this.asking.value === call) this.cancel();
    for (const c of this.phone.calls.value) if (c.askedFor.value === call) c.askedFor.value = null;
  }

  private members(): PhoneCall[] {
    return this.phone.calls.value.filter((c) => c.talking.value && c !== this.room());
  }

  private room(): PhoneCall | undefined {
    return this.phone.calls.value.find((c) => c.talking.value && c.party.value.number === this.phone.features.value.merge);
  }

  private gather(room: PhoneCall, members: PhoneCall[]): void {
    for (const c of members) {
      if (!c.talking.value) continue;
      const name = c.title.value;
      this.send(c, room.party.value.number, room.title.value, null, () => (room.guests.value = [...room.guests.value, name]));
    }
  }

  private send(call: PhoneCall, to: Parameters<NonNullable<PhoneCall["leg"]>["transfer"]>[0], name: string, other: PhoneCall | null = null, done = () => {}): void {
    const sent = call.leg?.transfer(to, (p) => this.told(call, other, name, p, done));
    if (!sent) return this.phone.tell(t("The call was not transferred"), t("The connection does not allow it now. Try again in a moment."));
    call.sending.value = name;
    this.phone.notice.value = null; // that of an attempt before is of no use any more
  }

  private told(call: PhoneCall, other: PhoneCall | null, name: string, p: Progress, done: () => void): void {
    if (p.state === "done") {
      call.sentTo.value = name;
      done();
      this.phone.hangup(call);
      if (other) {
        other.sentTo.value = call.title.value;
        this.phone.hangup(other);
      }
    }
    if (p.state !== "failed") return;
    call.sending.value = "";
    if (!call.live.value) return;
    const words = transferWords(p, name);
    this.phone.tell(words.title, words.detail);
  }
}
