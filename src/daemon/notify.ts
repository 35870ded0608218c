// Touches the world: runs systemd-notify.
/**
 * Reports the state of the daemon to systemd (sd_notify, `Type=notify`) through the program `systemd-notify`: only
 * Deno's unstable interfaces can send a datagram to `$NOTIFY_SOCKET`. The unit needs
 * `NotifyAccess=all`.
 *
 * @module
 */
import { messageOf } from "../deliver/message.ts";

/** The time that `systemd-notify` may take; the daemon waits for it. */
const notifyMs = 5_000;

/** Reports the state of the daemon to systemd; nothing happens if systemd did not ask. */
export interface ServiceManager {
  /** The longest wait of systemd for a sign of life, in milliseconds; undefined: no sign is wanted. */
  readonly watchdogMs: number | undefined;
  /** True if a service manager started us. */
  readonly isThere: boolean;
  /**
   * Sends one message. Never fails, and ends in time.
   *
   * @param states Such as `READY=1`.
   */
  notify(...states: readonly string[]): Promise<void>;
}

/**
 * Finds the service manager that started us.
 *
 * @param environment Looks up an environment variable.
 * @param onProblem Called once with the reason why systemd cannot be reached.
 * @returns It, or one that does nothing.
 */
export function serviceManager(
  environment: (name: string) => string | undefined,
  onProblem: (message: string) => void,
): ServiceManager {
  if (!environment("NOTIFY_SOCKET")) {
    return { watchdogMs: undefined, isThere: false, notify: () => Promise.resolve() };
  }
  const watchdogUs = Number(environment("WATCHDOG_USEC"));
  const isForUs = [undefined, String(Deno.pid)].includes(environment("WATCHDOG_PID"));
  let isReported = false;
  return {
    watchdogMs: watchdogUs > 0 && isForUs ? watchdogUs / 1000 : undefined,
    isThere: true,
    async notify(...states): Promise<void> {
      try {
        const { success } = await new Deno.Command("systemd-notify", {
          args: [`--pid=${Deno.pid}`, ...states],
          stdin: "null",
          stdout: "null",
          stderr: "null",
          signal: AbortSignal.timeout(notifyMs),
        }).output();
        if (!success) throw new Error("systemd-notify failed");
      } catch (error) {
        if (!isReported) onProblem(messageOf(error));
        isReported = true;
      }
    },
  };
}
