/**
 * Matches as DCMTK's `findscu` prints them: a heading, then the dump of the data set.
 *
 * The headings are comments, so that `dump2dcm` reads what stands below each.
 *
 * @module
 */
import { dumpDataSet } from "../dicom/dump.ts";
import type { Result, ResultWriter, ResultWriterOptions } from "./result_writer.ts";

/** One dump per match. */
export function dumpWriter({ stream, colour }: ResultWriterOptions): ResultWriter {
  return {
    async write(results: Iterable<Result>): Promise<void> {
      for (const { number, dataSet } of results) {
        const heading = `# Find Response: ${number} (Pending)`;
        await stream.print(
          `${colour ? `\x1b[1m${heading}\x1b[22m` : heading}\n${dumpDataSet(dataSet)}\n`,
        );
      }
      await stream.flush();
    },
    end: () => stream.flush(),
  };
}
