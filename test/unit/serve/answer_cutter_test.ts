import { assert, assertEquals } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../../src/dicom/decode.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";
import { AnswerCutter } from "../../../src/serve/answer_cutter.ts";
import { encodeAnswer, encodeItem, keptSyntax } from "../../../src/serve/encoded_item.ts";
import { StationKeys } from "../../../src/serve/station_keys.ts";
import { SupportedKeys } from "../../../src/serve/supported_keys.ts";
import { SeededRandom } from "../../support/seeded_random.ts";
import { storedItem } from "../../support/served_items.ts";

const steps = Tag.ScheduledProcedureStepSequence;
const protocolCode = 0x00400008;
const procedureCode = Tag.RequestedProcedureCodeSequence;
const comments = 0x00401400;
const pregnancy = 0x001021C0;
const unlimitedText = 0x0040A160;
const asked = [
  Tag.AccessionNumber,
  Tag.PatientName,
  Tag.PatientID,
  Tag.PatientBirthDate,
  Tag.StudyInstanceUID,
  pregnancy,
  comments,
  unlimitedText,
];
const inStep = [
  Tag.Modality,
  Tag.ScheduledStationAETitle,
  Tag.ScheduledProcedureStepStartDate,
  comments,
];

function code(random: SeededRandom): DataSet {
  return new DataSet([
    element(0x00080100, [`C${random.below(3)}`]),
    ...(random.oneIn(2) ? [element(0x00080104, ["Schädel"])] : []),
  ]);
}

function randomItem(random: SeededRandom): DataSet {
  const terms = random.pick<readonly string[]>([["ISO_IR 100"], ["ISO_IR 192"], ["ISO_IR 13"], []]);
  const name = terms.length === 0
    ? "Doe^Jane"
    : terms[0] === "ISO_IR 13"
    ? "ﾔﾏﾀﾞ^ﾀﾛｳ"
    : "Müller^Änne";
  const maybe = (tag: number, value: (string | number)[]): ReturnType<typeof element>[] =>
    random.oneIn(3) ? [] : [element(tag, random.oneIn(4) ? [] : value)];
  const step = (): DataSet =>
    new DataSet([
      ...maybe(Tag.Modality, [random.pick(["CT", "MR"])]),
      ...maybe(Tag.ScheduledStationAETitle, ["CT1", "CT2"]),
      ...maybe(Tag.ScheduledProcedureStepStartDate, ["20261127"]),
      ...maybe(comments, ["a comment"]),
      ...(random.oneIn(2) ? [element(protocolCode, random.oneIn(3) ? [] : [code(random)])] : []),
    ]);
  const count = random.pick([0, 1, 1, 1, 2, 3]);
  return new DataSet([
    ...(terms.length > 0 ? [element(Tag.SpecificCharacterSet, terms)] : []),
    ...maybe(Tag.AccessionNumber, ["A1"]),
    ...maybe(Tag.PatientName, [name]),
    ...maybe(Tag.PatientID, ["odd"]),
    ...maybe(Tag.PatientBirthDate, ["19500101"]),
    ...maybe(Tag.StudyInstanceUID, ["1.2.3"]),
    ...maybe(pregnancy, [4]),
    ...maybe(comments, ["x".repeat(random.below(300))]),
    ...maybe(unlimitedText, ["long"]),
    ...(random.oneIn(2) ? [element(procedureCode, [code(random), code(random)])] : []),
    ...(random.oneIn(5) ? [] : [element(steps, Array.from({ length: count }, step))]),
  ]);
}

function randomIdentifier(random: SeededRandom): DataSet {
  const some = (tags: readonly number[]): ReturnType<typeof element>[] =>
    tags.filter(() => random.oneIn(2)).map((tag) => element(tag, []));
  const step = new DataSet([
    ...some(inStep),
    ...(random.oneIn(4) ? [element(Tag.Modality, ["CT"])] : []),
    ...(random.oneIn(3)
      ? [element(protocolCode, random.oneIn(2) ? [] : [new DataSet(some([0x00080100]))])]
      : []),
  ]);
  const terms = random.pick<readonly string[]>([[], [], ["ISO_IR 100"], ["ISO_IR 192"]]);
  return new DataSet([
    ...(terms.length > 0 ? [element(Tag.SpecificCharacterSet, terms)] : []),
    ...some(asked),
    ...(random.oneIn(9) ? [element(0x00102160, [])] : []),
    ...(random.oneIn(3)
      ? [
        element(
          procedureCode,
          random.oneIn(2) ? [] : [new DataSet(some([0x00080100, 0x00080104]))],
        ),
      ]
      : []),
    ...(random.oneIn(4) ? [] : [element(steps, random.oneIn(4) ? [] : [step])]),
  ]);
}

Deno.test("an answer that is cut is the answer that is decoded, selected and encoded, byte by byte", () => {
  const random = new SeededRandom(42);
  const supported = new SupportedKeys([
    "AccessionNumber",
    "PatientBirthDate",
    "StudyInstanceUID",
    "PregnancyStatus",
    "RequestedProcedureComments",
    "TextValue",
    "RequestedProcedureCodeSequence",
    "ScheduledProcedureStepSequence.RequestedProcedureComments",
    "ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodeValue",
  ]);
  let cut = 0;
  let compared = 0;
  for (let round = 0; round < 4000; round++) {
    const bytes = encodeItem(storedItem("1", randomItem(random)));
    const identifier = randomIdentifier(random);
    const characterSet = identifier.strings(Tag.SpecificCharacterSet);
    const keys = new StationKeys(identifier, { supported });
    const dataSet = decodeDataSet(bytes, keptSyntax);
    if (!keys.matches(dataSet)) continue;
    compared++;
    const syntax = random.pick([
      TransferSyntax.ExplicitVrLittleEndian,
      TransferSyntax.ImplicitVrLittleEndian,
    ]);
    const made = AnswerCutter.of(identifier, keys, characterSet, syntax)?.cut(bytes);
    if (made === undefined) continue;
    cut++;
    assertEquals(
      made,
      new Uint8Array(
        encodeAnswer(keys.select(dataSet), dataSet.characterSet, characterSet, syntax),
      ),
      `round ${round}`,
    );
  }
  assert(compared > 2500 && cut > compared / 2, `${cut} of ${compared}`);
});

Deno.test("no answer is cut in other transfer syntaxes, or with private attributes", () => {
  const plain = new DataSet([element(Tag.PatientName, [])]);
  const withPrivate = new DataSet([
    element(0x00090010, ["ACME"], "LO"),
    element(0x00091001, [], "LO"),
  ]);
  const of = (identifier: DataSet, syntax: string): boolean =>
    AnswerCutter.of(identifier, new StationKeys(identifier), [], syntax) !== undefined;
  assertEquals(of(plain, TransferSyntax.ExplicitVrLittleEndian), true);
  assertEquals(of(plain, TransferSyntax.ExplicitVrBigEndian), false);
  assertEquals(of(plain, TransferSyntax.DeflatedExplicitVrLittleEndian), false);
  assertEquals(of(withPrivate, TransferSyntax.ExplicitVrLittleEndian), false);
});
