// Touches the world: talks to a peer, writes results.
/**
 * `worklistd echo`: C-ECHO by hand.
 *
 * @module
 */
import { SopClass } from "../../dicom/uid.ts";
import { makeAssociation } from "../associating.ts";
import { peerOf } from "../options/association_arguments.ts";
import type { echoSpec } from "../options/find_options.ts";
import { Interruption } from "../interruption.ts";
import { openLog } from "../options/log_arguments.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";
import { showControls } from "../../dicom/text/show_controls.ts";
import { ResultStream } from "../results/result_stream.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 0 where every C-ECHO was answered.
 */
export async function echo({ values, words, notes }: Arguments<typeof echoSpec>): Promise<number> {
  using log = openLog(values, notes);
  const [peer, rest] = await peerOf(values, words, (text) => log.alarm(text));
  if (rest[0] !== undefined) throw new UsageError(`${rest[0]} is one argument too many`);
  return await log.failing(async () => {
    using interruption = new Interruption();
    const started = performance.now();
    const { signal } = interruption;
    await using association = await makeAssociation({
      peer,
      sopClassUid: SopClass.Verification,
      log,
      signal,
    });
    const associated = performance.now();
    const stream = new ResultStream();
    for (let n = 0; n < (values.repeat ?? 1); n++) {
      const begun = performance.now();
      await association.echo();
      const { implementationVersionName: name } = association.acceptor;
      const by = name === undefined ? "" : ` (${showControls(name)})`;
      const took = (performance.now() - begun).toFixed(1);
      await stream.print(
        `${peer.aeTitle} at ${peer.host}:${peer.port}${by} answered in ${took} ms, ` +
          `associated in ${(associated - started).toFixed(1)} ms\n`,
      );
      await stream.flush();
    }
    if (values.abort) await association.abort();
    return 0;
  });
}
