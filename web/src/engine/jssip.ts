import JsSIP from "jssip";
import type { MakeUserAgent, UserAgent } from "./ua";

// JsSIP's own recovery waits whole seconds and cannot be hurried; ours is in
// sip_engine.ts. A day keeps JsSIP's timer out of the way.
const never = 86_400;

/** makeJsSIP builds a JsSIP user agent that registers for 300 s and leaves reconnecting to us. */
export const makeJsSIP: MakeUserAgent = (s) =>
  new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(s.ws)],
    uri: s.uri,
    authorization_user: s.user,
    password: s.password,
    display_name: s.displayName || undefined,
    instance_id: s.instance,
    register: true,
    register_expires: 300,
    session_timers: false,
    no_answer_timeout: 180,
    connection_recovery_min_interval: never,
    connection_recovery_max_interval: never,
    user_agent: "tandem-phone",
  }) as unknown as UserAgent;
