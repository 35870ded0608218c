/**
 * What `worklistd find` costs beside DCMTK's `findscu`: whole processes, in turn.
 *
 * @module
 */
import { type Cost, medianCosts, peakMemory } from "./child.ts";
import { worklistd } from "./program.ts";
import { mib, ms, printLine } from "./report.ts";

/** Rounds of what takes long, and of what does not. */
const rounds = { long: 5, short: 15 };

/** Prints the lines that compare `find` with `findscu`. */
export async function printFindCosts(port: string, findscu: string): Promise<void> {
  const theirs = (title: string): string[] => findscuCommand(findscu, port, title);
  const ours = (title: string, ...options: readonly string[]): string[] =>
    worklistd("find", ...options, "--call", title, ...keys, "127.0.0.1", port);

  const one = await medianCosts({ ours: ours("N1"), theirs: theirs("N1") }, rounds.short);
  printLine({
    what: "find, one match: wall, start to exit",
    ours: ms(one.ours.wallMs),
    theirs: ms(one.theirs.wallMs),
    measured: one.ours.wallMs / one.theirs.wallMs,
    target: { atMost: 1 },
  });
  printCpu("find, one match: CPU", one.ours, one.theirs, 3);

  const many = await medianCosts({
    theirsQuiet: quietFindscu(findscu, port),
    quiet: ours("N10000", "--hide-responses"),
    theirs: theirs("N10000"),
    dump: ours("N10000"),
    ndjson: ours("N10000", "--format", "ndjson"),
    table: ours("N10000", "--format", "table"),
    csv: ours("N10000", "--format", "csv"),
  }, rounds.long);
  printCpu("find, 10,000 matches received: CPU", many.quiet, many.theirsQuiet, 1);
  printCpu("find, 10,000 matches printed as a dump: CPU", many.dump, many.theirs, 0.5);
  printCpu("find, 10,000 matches printed as NDJSON: CPU", many.ndjson, many.theirs, 0.5);
  printCpu("find, 10,000 matches printed as a table: CPU", many.table, many.theirs, 0.5);
  printCpu("find, 10,000 matches printed as CSV: CPU", many.csv, many.theirs, 0.5);
}

/** The command line of `findscu` that receives ten thousand matches and prints nothing. */
export function quietFindscu(findscu: string, port: string): string[] {
  return findscuCommand(findscu, port, "N10000", "-q");
}

function findscuCommand(
  findscu: string,
  port: string,
  title: string,
  ...options: readonly string[]
): string[] {
  return [findscu, "-W", ...options, "-aec", title, ...keys, "127.0.0.1", port];
}

/** Keys for what the acceptor has, and a few that it returns anyway. */
const keys = [
  "-k",
  "PatientName",
  "-k",
  "PatientID",
  "-k",
  "ScheduledProcedureStepSequence[0].Modality",
];

function printCpu(what: string, ours: Cost, theirs: Cost, atMost: number): void {
  printLine({
    what,
    ours: ms(ours.cpuMs),
    theirs: ms(theirs.cpuMs),
    measured: ours.cpuMs / theirs.cpuMs,
    target: { atMost },
  });
}

/** Prints how much more memory a million matches need than a thousand, in each format. */
export async function printFindMemory(port: string): Promise<void> {
  for (const format of ["dump", "ndjson", "csv", "table"]) {
    const find = (title: string): string[] =>
      worklistd("find", "--format", format, "--call", title, ...keys, "127.0.0.1", port);
    const [few, many] = [await peakMemory(find("N1000")), await peakMemory(find("N1000000"))];
    printLine({
      what: `find, 1,000,000 matches, ${format}: peak memory (1,000: ${mib(few)})`,
      ours: mib(many),
      measured: many / few,
      target: { atMost: 1.25 },
    });
  }
}
