import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { addDictionary } from "../../../src/dicom/dictionary/dictionary.ts";
import { decodeDataSet, type DecodeOptions } from "../../../src/dicom/decode.ts";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";
import { hex } from "../../support/hex.ts";
import { plainDataSet, type PlainElement } from "../../support/plain_data_set.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

interface Decoded {
  readonly elements: PlainElement[];
  readonly warnings: string[];
}

/** What bytes decode to, and the kinds of warnings, those of reading every value included. */
function decode(
  text: string,
  transferSyntaxUid: string = TransferSyntax.ExplicitVrLittleEndian,
  options: DecodeOptions = {},
): Decoded {
  const warnings: string[] = [];
  const onWarning: DecodeOptions["onWarning"] = ({ kind }) => warnings.push(kind);
  const dataSet = decodeDataSet(hex(text), transferSyntaxUid, { ...options, onWarning });
  return { elements: plainDataSet(dataSet), warnings };
}

function decodeError(text: string, transferSyntaxUid: string): DicomDecodeError {
  return assertThrows(() => decodeDataSet(hex(text), transferSyntaxUid), DicomDecodeError);
}

const implicit = TransferSyntax.ImplicitVrLittleEndian;
const explicit = TransferSyntax.ExplicitVrLittleEndian;
const big = TransferSyntax.ExplicitVrBigEndian;
const patientId = "1000 2000 (LO) 4C4F 0400 (AB1) 41423120";
const patientIdRead: PlainElement = ["00100020", "LO", ["AB1"]];

Deno.test("decodeDataSet() reads an empty data set and empty values", () => {
  assertEquals(decode(""), { elements: [], warnings: [] });
  const empty = decode(
    "1000 1000 (PN) 504E 0000  2800 1000 (US) 5553 0000  4000 0001 (SQ) 5351 0000 00000000",
  );
  assertEquals(empty.elements, [
    ["00100010", "PN", []],
    ["00280010", "US", []],
    ["00400100", "SQ", []],
  ]);
});

interface Tolerated {
  readonly name: string;
  readonly bytes: string;
  readonly syntax?: string;
  readonly elements: PlainElement[];
  readonly warnings?: string[];
}

const tolerated: Tolerated[] = [
  {
    name: "an odd length",
    bytes: "1000 2000 (LO) 4C4F 0300 414231",
    elements: [patientIdRead],
  },
  {
    name: "null padding of text and space padding of a UID",
    bytes: "0800 1800 (UI) 5549 0400 (1.2) 312E3220  1000 1000 (PN) 504E 0400 (A) 41000000",
    elements: [["00080018", "UI", ["1.2"]], ["00100010", "PN", ["A"]]],
  },
  {
    name: "a value of nothing but padding",
    bytes: "1000 2000 (LO) 4C4F 0200 2020",
    elements: [["00100020", "LO", []]],
  },
  {
    name: "spaces around each value, where they are padding",
    bytes:
      "0800 6100 (CS) 4353 0800 (CT \\ MR ) 4354205C204D5220  1000 2000 (LO) 4C4F 0400 ( A B) 20412042",
    elements: [["00080061", "CS", ["CT", "MR"]], ["00100020", "LO", [" A B"]]],
  },
  {
    name: "a DS of more than 16 characters, as sent",
    bytes:
      "1000 3010 (DS) 4453 1400 (70.12345678901234560) 37302E3132333435363738393031323334353630",
    elements: [["00101030", "DS", ["70.12345678901234560"]]],
  },
  {
    name: "elements out of order, putting them in order",
    bytes: `${patientId} 0800 6000 (CS) 4353 0200 4354`,
    elements: [["00080060", "CS", ["CT"]], patientIdRead],
    warnings: ["order"],
  },
  {
    name: "an element twice, keeping the first",
    bytes: `${patientId} 1000 2000 (LO) 4C4F 0200 5A5A`,
    elements: [patientIdRead],
    warnings: ["order"],
  },
  {
    name: "zeros at the end",
    bytes: `${patientId} 0000000000000000 000000`,
    elements: [patientIdRead],
    warnings: ["padding"],
  },
  {
    name: "fewer zeros at the end than an element has",
    bytes: `${patientId} 0000`,
    elements: [patientIdRead],
    warnings: ["padding"],
  },
  {
    name: "delimitation items that belong to nothing",
    bytes: `FEFF DDE0 00000000 ${patientId} FEFF 0DE0 00000000`,
    elements: [patientIdRead],
    warnings: ["delimiter", "delimiter"],
  },
  {
    name: "a delimited sequence of defined length",
    bytes: "4000 0001 (SQ) 5351 0000 10000000 (item) FEFF 00E0 00000000 (end) FEFF DDE0 00000000",
    elements: [["00400100", "SQ", [[]]]],
    warnings: ["delimiter"],
  },
  {
    name: "an item whose delimitation item is missing",
    bytes:
      `4000 0001 (SQ) 5351 0000 FFFFFFFF (item) FEFF 00E0 FFFFFFFF ${patientId} (end) FEFF DDE0 00000000`,
    elements: [["00400100", "SQ", [[patientIdRead]]]],
    warnings: ["delimiter"],
  },
  {
    name: "an item delimited twice",
    bytes:
      "4000 0001 (SQ) 5351 0000 FFFFFFFF (item) FEFF 00E0 00000000 (ends) FEFF 0DE0 00000000 FEFF DDE0 00000000",
    elements: [["00400100", "SQ", [[]]]],
    warnings: ["delimiter"],
  },
  {
    name: "an illegal VR as one with a short length, and the value as the dictionary says",
    bytes: "1000 2000 (??) 3F3F 0400 41423120 2000 1000 (SH) 5348 0200 4131",
    elements: [patientIdRead, ["00200010", "SH", ["A1"]]],
    warnings: ["vr"],
  },
  {
    name: "a VR of the future as one with a long length",
    bytes: "1000 2000 (OX) 4F58 0000 04000000 41423120 2000 1000 (SH) 5348 0200 4131",
    elements: [patientIdRead, ["00200010", "SH", ["A1"]]],
    warnings: ["vr"],
  },
  {
    name: "an unknown VR whose length can only be short",
    bytes: "1000 2000 (ZZ) 5A5A 0000 2000 1000 (SH) 5348 0200 4131",
    elements: [["00100020", "LO", []], ["00200010", "SH", ["A1"]]],
    warnings: ["vr"],
  },
  {
    name: "a number with bytes over",
    bytes: "2800 1000 (US) 5553 0300 010203",
    elements: [["00280010", "US", [0x0201]]],
    warnings: ["padding"],
  },
  {
    name: "letters beyond ASCII where the VR has none",
    bytes: "0800 6000 (CS) 4353 0200 C454",
    elements: [["00080060", "CS", ["ÄT"]]],
    warnings: ["character"],
  },
  {
    name: "elements without VR where the transfer syntax has them",
    bytes: "1000 2000 04000000 41423120",
    elements: [patientIdRead],
    warnings: ["encoding"],
  },
  {
    name: "elements with VR where the transfer syntax has none",
    bytes: patientId,
    syntax: implicit,
    elements: [patientIdRead],
    warnings: ["encoding"],
  },
  {
    name: "an item in another encoding than the data set",
    bytes: "4000 0001 12000000 (item) FEFF 00E0 0A000000 0800 6000 (CS) 4353 0200 4354",
    syntax: implicit,
    elements: [["00400100", "SQ", [[["00080060", "CS", ["CT"]]]]]],
    warnings: ["encoding"],
  },
  {
    name: "group lengths and elements of group 0002",
    bytes: "0200 1000 (UI) 5549 0200 3132  0800 0000 (UL) 554C 0400 00000000",
    elements: [["00020010", "UI", ["12"]], ["00080000", "UL", [0]]],
  },
];

for (const { name, bytes, syntax, elements, warnings } of tolerated) {
  Deno.test(`decodeDataSet() reads ${name}`, () => {
    assertEquals(decode(bytes, syntax), { elements, warnings: warnings ?? [] });
  });
}

Deno.test("decodeDataSet() reads UN of undefined length as items in Implicit VR Little Endian", () => {
  const items =
    "(item) FEFF 00E0 FFFFFFFF 1000 2000 04000000 41423120 (end) FEFF 0DE0 00000000 (end) FEFF DDE0 00000000";
  for (const [tag, read] of [["4000 0001", "00400100"], ["0900 0110", "00091001"]] as const) {
    const { elements, warnings } = decode(`${tag} (UN) 554E 0000 FFFFFFFF ${items}`);
    assertEquals(elements, [[read, "SQ", [[patientIdRead]]]]);
    assertEquals(warnings, []);
  }
});

Deno.test("decodeDataSet() reads UN of a known attribute as what it is", () => {
  const sequence =
    "4000 0001 (UN) 554E 0000 14000000 (item) FEFF 00E0 0C000000 1000 2000 04000000 41423120";
  assertEquals(decode(sequence).elements, [["00400100", "SQ", [[patientIdRead]]]]);
  const text = "1000 2000 (UN) 554E 0000 04000000 41423120";
  assertEquals(decode(text).elements, [patientIdRead]);
  assertEquals(decode("2800 1000 (UN) 554E 0000 02000000 0002").elements, [["00280010", "US", [
    512,
  ]]]);
});

Deno.test("decodeDataSet() keeps UN that is not what the dictionary says as bytes", () => {
  const noSequence = decode("4000 0001 (UN) 554E 0000 04000000 01020304");
  assertEquals(noSequence, { elements: [["00400100", "UN", "01020304"]], warnings: ["encoding"] });
  const noNumber = decode("2800 1000 (UN) 554E 0000 03000000 010203");
  assertEquals(noNumber, { elements: [["00280010", "UN", "010203"]], warnings: [] });
  const isPrivate = decode("0900 0110 (UN) 554E 0000 02000000 4131");
  assertEquals(isPrivate, { elements: [["00091001", "UN", "4131"]], warnings: [] });
});

Deno.test("decodeDataSet() reads a UN number in Big Endian as Little Endian, which UN always is", () => {
  const { elements } = decode("0028 0010 (UN) 554E 0000 00000002 0002", big);
  assertEquals(elements, [["00280010", "US", [512]]]);
});

Deno.test("decodeDataSet() reads private elements without VR as UN, creators as LO, items as SQ", () => {
  const bytes = "0900 1000 04000000 (ACME) 41434D45  0900 0110 02000000 4131" +
    "0900 0210 FFFFFFFF (item) FEFF 00E0 0C000000 1000 2000 04000000 41423120 (end) FEFF DDE0 00000000";
  assertEquals(decode(bytes, implicit).elements, [
    ["00090010", "LO", ["ACME"]],
    ["00091001", "UN", "4131"],
    ["00091002", "SQ", [[patientIdRead]]],
  ]);
});

Deno.test("decodeDataSet() reads what may be US or SS by Pixel Representation, that of a data set around too", () => {
  const smallest = "2800 0601 02000000 FEFF";
  const read = (vr: "US" | "SS", value: number): PlainElement => ["00280106", vr, [value]];
  const representation = (value: number): string => `2800 0301 02000000 0${value}00`;
  assertEquals(decode(smallest, implicit).elements, [read("US", 0xFFFE)]);
  for (const [value, expected] of [[0, read("US", 0xFFFE)], [1, read("SS", -2)]] as const) {
    assertEquals(decode(representation(value) + smallest, implicit).elements[1], expected);
    // Modality LUT Sequence
    const nested = `2800 0030 12000000 (item) FEFF 00E0 0A000000 ${smallest}`;
    const [, sequence] = decode(representation(value) + nested, implicit).elements;
    assertEquals(sequence, ["00283000", "SQ", [[expected]]]);
  }
  const unknown = "2800 0301 (US) 5553 0200 0100  2800 0601 (UN) 554E 0000 02000000 FEFF";
  assertEquals(decode(unknown).elements[1], read("SS", -2));
});

Deno.test("decodeDataSet() knows private elements that a dictionary was added for, by their creator", () => {
  const entry = {
    tag: 0x0013_0001,
    keyword: "SiteCode",
    vr: "SH",
    vm: "1",
    retired: false,
  } as const;
  addDictionary([{ ...entry, privateCreator: "SITE" }]);
  const elements = "1300 1000 04000000 (SITE) 53495445  1300 1100 04000000 (ACME) 41434D45" +
    "1300 0110 02000000 4131  1300 0111 02000000 4131";
  assertEquals(decode(elements, implicit).elements.slice(2), [
    ["00131001", "SH", ["A1"]],
    ["00131101", "UN", "4131"],
  ]);
});

Deno.test("decodeDataSet() keeps encapsulated fragments as they are", () => {
  const fragments = "(offsets) FEFF 00E0 00000000 (one) FEFF 00E0 02000000 FFD8";
  const bytes = `E07F 1000 (OB) 4F42 0000 FFFFFFFF ${fragments} (end) FEFF DDE0 00000000`;
  const { elements } = decode(bytes, "1.2.840.10008.1.2.4.50");
  assertEquals(elements, [["7FE00010", "OB", hex(fragments).toHex()]]);
});

Deno.test("decodeDataSet() gives items the character set around them unless they name their own", () => {
  const name = "1000 1000 (PN) 504E 0200 (Ж or Æ in ISO 8859-5 or -1) C6C6";
  const own =
    `(item) FEFF 00E0 1C000000 0800 0500 (CS) 4353 0A00 (ISO_IR 100) 49534F5F495220313030 ${name}`;
  const item = `(item) FEFF 00E0 0A000000 ${name}`;
  const bytes = `0800 0500 (CS) 4353 0A00 (ISO_IR 144) 49534F5F495220313434 ${name}` +
    `4000 0001 (SQ) 5351 0000 36000000 ${own} ${item}`;
  const dataSet = decodeDataSet(hex(bytes), explicit);
  const [first, second] = dataSet.items(Tag.ScheduledProcedureStepSequence);
  assertEquals(dataSet.string(Tag.PatientName), "ЦЦ");
  assertEquals(first?.string(Tag.PatientName), "ÆÆ");
  assertEquals(second?.string(Tag.PatientName), "ЦЦ");
  assertEquals([dataSet, first, second].map((each) => each?.characterSet), [
    ["ISO_IR 144"],
    ["ISO_IR 100"],
    ["ISO_IR 144"],
  ]);
});

Deno.test("decodeDataSet() obeys a character set that comes after the text", () => {
  const bytes =
    "1000 1000 (PN) 504E 0200 C6C6  0800 0500 (CS) 4353 0A00 (ISO_IR 144) 49534F5F495220313434";
  assertEquals(decode(bytes).elements[1], ["00100010", "PN", ["ЦЦ"]]);
});

Deno.test("decodeDataSet() takes a character set by policy: a default where none is named, an override anyway", () => {
  const name = "1000 1000 (PN) 504E 0200 C6C6";
  const named = `0800 0500 (CS) 4353 0A00 (ISO_IR 144) 49534F5F495220313434 ${name}`;
  const read = (bytes: string, characterSet: NonNullable<DecodeOptions["characterSet"]>): unknown =>
    decode(bytes, explicit, { characterSet }).elements.at(-1)?.[2];
  assertEquals(read(name, { default: "ISO_IR 100" }), ["ÆÆ"]);
  assertEquals(read(named, { default: "ISO_IR 100" }), ["ЦЦ"]);
  assertEquals(read(named, { override: "ISO_IR 100" }), ["ÆÆ"]);
});

interface Refused {
  readonly name: string;
  readonly bytes: string;
  readonly syntax?: string;
  readonly message: string;
}

const refused: Refused[] = [
  {
    name: "a length that is more than there is",
    bytes: `${patientId} 1000 3000 (DA) 4441 0800 3230`,
    message: "at offset 12, (0010,0030): the length 8 is more than the 2 bytes left",
  },
  {
    name: "an item's length that is more than there is",
    bytes: "4000 0001 (SQ) 5351 0000 08000000 FEFF 00E0 04000000",
    message: "at offset 12, (0040,0100): an item's length 4 is more than the 0 bytes left",
  },
  {
    name: "an element in an item that goes beyond its end",
    bytes: "4000 0001 (SQ) 5351 0000 10000000 FEFF 00E0 08000000 1000 2000 (LO) 4C4F 0200 4142",
    message: "at offset 20, (0010,0020): the length 2 is more than the 0 bytes left",
  },
  {
    name: "a header that is cut off",
    bytes: `${patientId} 1000 30`,
    message: "at offset 12: 3 bytes are too few for an element",
  },
  {
    name: "a long header that is cut off",
    bytes: "4000 0001 (SQ) 5351 0000 0000",
    message: "at offset 0, (0040,0100): its header is cut off",
  },
  {
    name: "a sequence of undefined length without end",
    bytes: "4000 0001 (SQ) 5351 0000 FFFFFFFF",
    message: "at offset 12, (0040,0100): a sequence of undefined length has no end",
  },
  {
    name: "an item of undefined length without end",
    bytes: "4000 0001 (SQ) 5351 0000 FFFFFFFF FEFF 00E0 FFFFFFFF",
    message: "at offset 20: an item of undefined length has no end",
  },
  {
    name: "a sequence with something else than items",
    bytes: "4000 0001 (SQ) 5351 0000 08000000 1000 2000 4C4F 0000",
    message: "at offset 12, (0040,0100): where an item should begin there is none",
  },
  {
    name: "an item outside of a sequence",
    bytes: "FEFF 00E0 00000000",
    message: "at offset 0: an item begins where an element should",
  },
  {
    name: "encapsulated fragments without end",
    bytes: "E07F 1000 (OB) 4F42 0000 FFFFFFFF FEFF 00E0 04000000 FFD8",
    message: "at offset 20, (7fe0,0010): encapsulated fragments have no end",
  },
  {
    name: "a transfer syntax that nobody knows",
    bytes: patientId,
    syntax: "1.2.3",
    message: "at offset 0: its transfer syntax is not known",
  },
];

for (const { name, bytes, syntax = explicit, message } of refused) {
  Deno.test(`decodeDataSet() refuses ${name}`, () => {
    assertEquals(decodeError(bytes, syntax).message, `Cannot decode data set ${message}`);
  });
}

Deno.test("DicomDecodeError tells structure, offset and tag", () => {
  const error = decodeError("1000 2000 (LO) 4C4F 0800", explicit);
  assertInstanceOf(error, SyntaxError);
  assertEquals([error.structure, error.offset, error.tag], ["data set", 0, Tag.PatientID]);
});

Deno.test("decodeDataSet() reads sequences nested 64 deep and refuses deeper ones, however deep", () => {
  const nested = (depth: number): string =>
    "4000 0001 (SQ) 5351 0000 FFFFFFFF FEFF 00E0 FFFFFFFF".repeat(depth) +
    "FEFF 0DE0 00000000 FEFF DDE0 00000000".repeat(depth);
  let depth = 0;
  let items = decodeDataSet(hex(nested(64)), explicit).items(Tag.ScheduledProcedureStepSequence);
  while (items[0]) {
    depth++;
    items = items[0].items(Tag.ScheduledProcedureStepSequence);
  }
  assertEquals(depth, 64);
  for (const deep of [65, 50_000]) {
    const { message } = decodeError(nested(deep), explicit);
    assertEquals(message.endsWith("sequences are nested deeper than 64"), true);
  }
});

Deno.test("decodeDataSet() refuses more elements than memory should be spent on", () => {
  const many = new Uint8Array(8 * 100_001);
  for (let at = 0; at < many.length; at += 8) many[at] = 8;
  const error = assertThrows(() => decodeDataSet(many, implicit), DicomDecodeError);
  assertEquals(error.message.endsWith("it has more than 100000 elements"), true);
});

Deno.test("decodeDataSet() searches long runs of zeros once", () => {
  const zeros = new Uint8Array(8 * 400_000);
  zeros[0] = 8;
  zeros[zeros.length - 1] = 0xFF;
  assertThrows(() => decodeDataSet(zeros, implicit), DicomDecodeError);
});

Deno.test("decodeDataSet() refuses what does not inflate, or inflates to too much", async () => {
  const deflated = async (blob: Blob): Promise<Uint8Array> => {
    const stream = blob.stream().pipeThrough(new CompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };
  const messageFor = (bytes: Uint8Array): string =>
    assertThrows(
      () => decodeDataSet(bytes, TransferSyntax.DeflatedExplicitVrLittleEndian),
      DicomDecodeError,
    ).message;
  const notDeflated = "Cannot decode deflated data set at offset 0: it is not deflated, or cut off";
  assertEquals(messageFor(hex("FFFFFFFF")), notDeflated);
  assertEquals(messageFor(new Uint8Array(0)), notDeflated);
  const tooMuch = (length: number): string =>
    `Cannot decode deflated data set at offset 0: it inflates to more than ${length} bytes`;
  const zeros = new Uint8Array(65 * 1024 * 1024);
  const bomb = await deflated(new Blob([zeros]));
  assertEquals(messageFor(bomb), tooMuch(64 * bomb.length));
  assertEquals(
    messageFor(await deflated(new Blob([zeros.subarray(0, 2 ** 20 + 1)]))),
    tooMuch(2 ** 20),
  );
  const random = new Uint8Array(new SeededRandom(1).bytes(2 ** 20 + 1));
  assertEquals(messageFor(await deflated(new Blob([random, zeros]))), tooMuch(2 ** 26));
});
