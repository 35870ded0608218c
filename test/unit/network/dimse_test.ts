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
    [...commandField, 0, 0, 0],
    "an element header is cut short",
    10,
    undefined,
  ],
  [
    "a length beyond the end",
    [...commandField, ...elementBytes(0, 0x0800, 4, 1, 1)],
    "an element has 4 bytes where 2 remain",
    10,
    0x00000800,
  ],
  [
    "an element of another group",
    elementBytes(8, 0x0005, 0),
    "an element is not of group 0000",
    0,
    0x00080005,
  ],
  ["a US of 4 bytes", elementBytes(0, 0x0900, 4, 0, 0, 0, 0), "US cannot have 4 bytes", 0, 0x900],
  ["an AT of 3 bytes", elementBytes(0, 0x0901, 3, 0, 0, 0), "AT cannot have 3 bytes", 0, 0x901],
  ["no Command Field", dataSetType, "Command Field is missing", 10, 0x00000100],
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
