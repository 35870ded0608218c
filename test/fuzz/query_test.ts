import { assertEquals } from "@std/assert";
import { DataSet } from "../../src/dicom/data_set.ts";
import { resolveValue } from "../../src/query/date_window.ts";
import { formatKeyPath, parseKeyPath } from "../../src/query/key_path.ts";
import { problemOfValue, setKey } from "../../src/query/key_value.ts";
import { compileMatcher } from "../../src/worklist/match/match.ts";
import { fuzzRounds, fuzzSeed, SeededRandom } from "../support/seeded_random.ts";

const seed = fuzzSeed();
const paths = [
  "PatientName",
  "PatientID",
  "StudyDate",
  "StudyTime",
  "ScheduledProcedureStepStartDateTime",
  "StudyInstanceUID",
  "PatientWeight",
  "InstanceNumber",
  "ScheduledProcedureStepSequence.Modality",
  "ScheduledProcedureStepSequence[1].ScheduledProcedureStepStartTime",
  "0029,1010",
] as const;
const pieces: readonly [string, ...string[]] = [
  "",
  ..."0123456789",
  ..."-.*?^=\\+: []()\u0000\u001b\ud800é山",
  "today",
  "now",
  "..",
  "2026",
  "0301",
  "1030",
  "+0100",
  "-0500",
  "2h",
  "PatientName",
  "0040,0100",
  "ScheduledProcedureStepSequence",
];

function textOf(random: SeededRandom): string {
  return Array.from({ length: random.below(8) }, () => random.pick(pieces)).join("");
}

/** Runs what may refuse its input, but only with one of the given errors. */
function allowing<T>(
  allowed: readonly (abstract new (...given: never[]) => Error)[],
  run: () => T,
): T | undefined {
  try {
    return run();
  } catch (error) {
    if (allowed.some((one) => error instanceof one)) return undefined;
    throw error;
  }
}

Deno.test(`parseKeyPath() reads or refuses any text, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  for (let round = 0; round < fuzzRounds(200); round++) {
    const path = allowing([SyntaxError], () => parseKeyPath(textOf(random)));
    if (path) assertEquals(formatKeyPath(parseKeyPath(formatKeyPath(path))), formatKeyPath(path));
  }
});

Deno.test(`resolveValue() resolves or refuses any text, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  const now = Temporal.Instant.from("2026-10-25T01:10:00Z");
  const dates = ["DA", "TM", "DT"] as const;
  for (let round = 0; round < fuzzRounds(20_000); round++) {
    const vr = random.pick(dates);
    const text = textOf(random);
    const value = allowing(
      [SyntaxError],
      () => resolveValue(text, vr, { now, timeZone: "Europe/Berlin" }),
    );
    // Of several values, those that are not relative pass unread.
    if (value !== undefined && value !== text && !text.includes("\\")) {
      assertEquals(problemOfValue(vr, value), undefined);
    }
  }
});

Deno.test(`compileMatcher() judges any values by any keys, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  for (let round = 0; round < fuzzRounds(20_000); round++) {
    const [keys, dataSet] = [new DataSet(), new DataSet()];
    for (const target of [keys, dataSet]) {
      const path = parseKeyPath(random.pick(paths));
      allowing([RangeError], () => setKey(target, path, textOf(random)));
    }
    const options = { combineDateAndTime: true };
    compileMatcher(keys, options)(dataSet);
    assertEquals(compileMatcher(new DataSet(), options)(dataSet), undefined);
  }
});
