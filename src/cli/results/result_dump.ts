/**
 * Matches as DCMTK's `findscu` prints them: a heading, then the dump of the data set.
 *
 * The headings are comments, so that `dump2dcm` reads what stands below each.
 *
 * @module
 */
import { dumpOutline } from "../../dicom/dump/outline_dump.ts";
import type { Result, ResultWriter, ResultWriterOptions } from "./result_writer.ts";

/** One dump per match. */
export function dumpWriter({ stream, colour }: ResultWriterOptions): ResultWriter {
  return {
    async write(results: Iterable<Result>): Promise<void> {
      const { pending } = stream;
      for (const { number, outline } of results) {
        pending.writeText(colour ? "\x1b[1m# Find Response: " : "# Find Response: ");
        pending.writeDecimal(number);
        pending.writeText(colour ? " (Pending)\x1b[22m\n" : " (Pending)\n");
        dumpOutline(pending, outline);
        pending.writeText("\n");
        if (stream.isFull) await stream.flush();
      }
    },
    flush: () => stream.flush(),
    end: () => stream.flush(),
  };
}
