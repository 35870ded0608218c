// Touches the world: the state folder.
/**
 * `worklistd state`: verify, back up, restore and repair the state folder.
 *
 * @module
 */
import { timeText } from "../../base/clock.ts";
import { systemClock } from "../../base/system_clock.ts";
import { keepOwner } from "../../daemon/service/state_owner.ts";
import { backUp, restore } from "../../daemon/state/backup.ts";
import { repairState, verifyState } from "../../daemon/state/verify_state.ts";
import { StateLock } from "../../worklist/journal/state_lock.ts";
import { namedWords, printText, requiredConfig } from "../command_output.ts";
import type { stateSpec } from "../options/daemon_options.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 1 if `verify` finds damage.
 * @throws {StoreError} If the state or the backup cannot be used; says why and what to do.
 */
export async function state({ values, words }: Arguments<typeof stateSpec>): Promise<number> {
  const [action, ...rest] = words;
  const { stateDir } = await requiredConfig(values.config);
  const now = systemClock.now();
  switch (action) {
    case "verify":
      namedWords(rest);
      return await verify(stateDir);
    case "backup": {
      const [folder] = namedWords(rest, "the folder of the backup");
      const count = await backUp(stateDir, folder, timeText(now));
      await printText(`${folder}: ${count} queries\n`);
      return 0;
    }
    case "restore": {
      const [folder] = namedWords(rest, "the folder of the backup");
      using _lock = await held(stateDir, timeText(now));
      const { generation: { generation, after }, kept } = await restore(folder, stateDir, now);
      const old = kept === undefined ? "" : `the state before is in ${kept}\n`;
      await printText(`${old}generation ${generation}: the next events are higher than ${after}\n`);
      return 0;
    }
    case "repair": {
      namedWords(rest);
      using _lock = await held(stateDir, timeText(now));
      const done = await repairState(stateDir, now);
      await printText((done.length === 0 ? ["nothing to repair"] : done).join("\n") + "\n");
      return 0;
    }
    default:
      throw new UsageError(
        `${action ?? "the action"} is ${action === undefined ? "missing" : "no action"}: ` +
          "verify, backup, restore or repair",
      );
  }
}

/** Holds the state folder. Root leaves it to the account that it belonged to. */
async function held(stateDir: string, time: string): Promise<Disposable> {
  const giveBack = keepOwner(stateDir);
  const lock = await StateLock.take(stateDir, time);
  return {
    [Symbol.dispose](): void {
      giveBack();
      lock.release();
    },
  };
}

async function verify(stateDir: string): Promise<number> {
  let isWell = true;
  for await (const finding of verifyState(stateDir)) {
    await printText(`${finding.subject}: ${finding.text}\n`);
    isWell &&= finding.isWell;
  }
  return isWell ? 0 : 1;
}
