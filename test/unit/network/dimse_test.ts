import { assertEquals, assertThrows } from "@std/assert";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import {
  type CommandSet,
  decodeCommandSet,
  type DimseMessage,
  encodeCommandSet,
} from "../../../src/network/dimse.ts";
import { encodeMessage } from "../../../src/network/message_encode.ts";
import { MessageAssembler } from "../../../src/network/message_assembler.ts";
import { decodePdu } from "../../../src/network/pdu_decode.ts";
import { PduStream } from "../../../src/network/pdu_stream.ts";
import { goldenBytes, goldenJson, goldenNames } from "../../support/golden_pdu.ts";

interface GoldenMessage {
  presentationContextId: number;
  maximumLength: number;
  command: CommandSet;
  dataSet: string | null;
}

/** The command set in a golden file, its fragments put together by hand. */
function commandBytes(name: string): Uint8Array {
  const stream = new PduStream();
  stream.push(goldenBytes(name));
  const bytes: number[] = [];
  for (let frame = stream.next(); frame !== undefined; frame = stream.next()) {
    const pdu = decodePdu(frame.buffer.subarray(frame.start, frame.end));
    if (pdu.type !== "P-DATA-TF") throw new Error(pdu.type);
    for (const { isCommand, fragment } of pdu.presentationDataValues) {
      if (isCommand) bytes.push(...fragment);
    }
  }
  return Uint8Array.from(bytes);
}

const names = ["find_", "echo_", "cancel_"].flatMap(goldenNames);

for (const name of names) {
  const golden = goldenJson(name) as GoldenMessage;

  Deno.test(`a message is decoded from ${name} as the other implementation does`, () => {
    const stream = new PduStream();
    stream.push(goldenBytes(name));
    const assembler = new MessageAssembler();
    const messages: DimseMessage[] = [];
    for (let frame = stream.next(); frame !== undefined; frame = stream.next()) {
      assembler.receive(frame, messages);
    }
    assertEquals(messages.length, 1);
    const [message] = messages;
    assertEquals(message?.command, golden.command);
    assertEquals(message?.presentationContextId, golden.presentationContextId);
    assertEquals(message?.dataSet?.toHex() ?? null, golden.dataSet);
  });

  Deno.test(`encodeCommandSet() writes the command set of ${name} as the other does`, () => {
    assertEquals(encodeCommandSet(golden.command).toHex(), commandBytes(name).toHex());
    assertEquals(decodeCommandSet(commandBytes(name)), golden.command);
  });

  Deno.test(`encodeMessage() fragments ${name} by the maximum length as the other does`, () => {
    const bytes = encodeMessage(
      golden.presentationContextId,
      encodeCommandSet(golden.command),
      golden.dataSet === null ? undefined : Uint8Array.fromHex(golden.dataSet),
      golden.maximumLength,
    );
    if (golden.maximumLength % 2 === 0) assertEquals(bytes.toHex(), goldenBytes(name).toHex());
    const stream = new PduStream();
    stream.push(bytes);
    for (let frame = stream.next(); frame !== undefined; frame = stream.next()) {
      const length = frame.end - frame.start - 6;
      assertEquals(golden.maximumLength === 0 || length <= golden.maximumLength, true);
      assertEquals(length % 2, 0);
    }
  });
}

function elementBytes(group: number, number: number, length: number, ...value: number[]): number[] {
  return [group, group >> 8, number, number >> 8, length, length >> 8, 0, 0, ...value];
}

const commandField = elementBytes(0, 0x0100, 2, 0x20, 0x80);
const dataSetType = elementBytes(0, 0x0800, 2, 0x01, 0x01);

const wrong: [string, number[], string, number, number | undefined][] = [
  [
    "a header cut short",
    [...commandField, ...dataSetType, 1, 2, 3],
    "an element header is cut short",
    20,
    undefined,
  ],
  [
    "a length beyond the end",
    [...commandField, ...elementBytes(0, 0x0800, 4, 1, 1)],
    "an element has 4 bytes where 2 remain",
    10,
    0x00000800,
  ],
  ["no Command Field", dataSetType, "Command Field is missing", 10, 0x00000100],
  [
    "an empty Command Field",
    [...elementBytes(0, 0x0100, 0), ...dataSetType],
    "Command Field is missing",
    18,
    0x00000100,
  ],
  ["no Command Data Set Type", commandField, "Command Data Set Type is missing", 10, 0x00000800],
];
for (const [what, bytes, message, offset, tag] of wrong) {
  Deno.test(`decodeCommandSet() says where it found ${what}`, () => {
    const decode = (): CommandSet => decodeCommandSet(Uint8Array.from(bytes));
    const error = assertThrows(decode, DicomDecodeError, message);
    assertEquals([error.offset, error.tag], [offset, tag]);
  });
}

Deno.test("decodeCommandSet() passes over elements that no service defines", () => {
  const retired = elementBytes(0, 0x0001, 4, 1, 2, 3, 4);
  assertEquals(
    decodeCommandSet(Uint8Array.from([...retired, ...commandField, ...dataSetType])),
    { commandField: 0x8020, commandDataSetType: 0x0101 },
  );
});

Deno.test("encodeMessage() obeys any maximum length with even fragments", () => {
  const dataSet = Uint8Array.from({ length: 1001 }, (_, i) => i);
  const command = encodeCommandSet({ commandField: 0x20, messageID: 1, commandDataSetType: 1 });
  for (const maximumLength of [1, 7, 8, 9, 99, 100, 16384, 0]) {
    const stream = new PduStream();
    stream.push(encodeMessage(1, command, dataSet, maximumLength));
    const assembler = new MessageAssembler();
    const messages: DimseMessage[] = [];
    let frame = stream.next();
    for (; frame !== undefined; frame = stream.next()) {
      const length = frame.end - frame.start - 6;
      if (maximumLength >= 8) assertEquals(length <= maximumLength, true);
      assembler.receive(frame, messages);
    }
    assertEquals(messages.length, 1);
    assertEquals(messages[0]?.dataSet, dataSet);
  }
});

const status = elementBytes(0, 0x0900, 2, 0x00, 0xFF);
const needed = [...commandField, ...dataSetType, ...status];
const plain = decodeCommandSet(Uint8Array.from(needed));

const harmless: [string, number[]][] = [
  ["an element of another group", [...needed, ...elementBytes(8, 0x0100, 2, 9, 9)]],
  ["an element of another group before it", [...elementBytes(8, 0x0005, 0), ...needed]],
  ["an empty Error ID", [...needed, ...elementBytes(0, 0x0903, 0)]],
  ["an Error ID of one byte", [...needed, ...elementBytes(0, 0x0903, 1, 7)]],
  [
    "a Status of four bytes",
    [...commandField, ...dataSetType, ...elementBytes(0, 0x0900, 4, 0x00, 0xFF, 0, 0)],
  ],
  ["a zero after it", [...needed, 0]],
  ["four zeros after it", [...needed, 0, 0, 0, 0]],
  ["a page of zeros after it", [...needed, ...new Array(301).fill(0)]],
];
for (const [what, bytes] of harmless) {
  Deno.test(`decodeCommandSet() reads a command set with ${what} as one without`, () => {
    assertEquals(decodeCommandSet(Uint8Array.from(bytes)), plain);
  });
}

Deno.test("decodeCommandSet() reads the whole tags of an Offending Element of five bytes", () => {
  const bytes = [...needed, ...elementBytes(0, 0x0901, 5, 0x10, 0, 0x20, 0, 7)];
  assertEquals(decodeCommandSet(Uint8Array.from(bytes)).offendingElement, [0x00100020]);
});

for (const maximumLength of [0, 1 << 20, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]) {
  Deno.test(`encodeMessage() does not cut a short data set at a maximum length of ${maximumLength}`, () => {
    const bytes = encodeMessage(1, encodeCommandSet(plain), new Uint8Array(1000), maximumLength);
    assertEquals(bytes.length, encodeCommandSet(plain).length + 1000 + 2 * 12);
  });
}
