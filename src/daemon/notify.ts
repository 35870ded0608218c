// Touches the world: runs systemd-notify.
/**
 * Tells systemd how the daemon is (sd_notify, `Type=notify`), by its own program `systemd-notify`: a
 * datagram to `$NOTIFY_SOCKET` is not to be had without Deno's unstable interfaces. The unit needs
 * `NotifyAccess=all`.
 *
 * @module
 */
import { messageOf } from "../deliver/message.ts";

/** How long `systemd-notify` may take; the daemon waits for it. */
const notifyMs = 5_000;

/** Tells systemd how the daemon is; where systemd did not ask, nothing happens. */
export interface ServiceManager {
  /** How often it wants to hear that all is well, in milliseconds; undefined: never. */
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
 * @param onProblem Is told once why it cannot be reached.
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
