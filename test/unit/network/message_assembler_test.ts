import { assertEquals, assertThrows } from "@std/assert";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import {
  type CommandSet,
  type DimseMessage,
  encodeCommandSet,
} from "../../../src/network/dimse.ts";
import { MessageAssembler } from "../../../src/network/message_assembler.ts";
import type { PresentationDataValue } from "../../../src/network/pdu.ts";
import { encodePdu } from "../../../src/network/pdu_encode.ts";
import { PduStream } from "../../../src/network/pdu_stream.ts";
import { arrivals, goldenBytes } from "../../support/golden_pdu.ts";

const pending: CommandSet = {
  commandField: 0x8020,
  messageIDBeingRespondedTo: 7,
  commandDataSetType: 1,
  status: 0xFF00,
};
const success: CommandSet = { ...pending, commandDataSetType: 0x0101, status: 0 };
const dataSet = Uint8Array.from({ length: 40 }, (_, i) => i);

/** A command set or data set as PDVs of at most `size` bytes. */
function pdvs(
  value: CommandSet | Uint8Array,
  size = Infinity,
  presentationContextId = 3,
): PresentationDataValue[] {
  const isCommand = !(value instanceof Uint8Array);
  const bytes = value instanceof Uint8Array ? value : encodeCommandSet(value);
  const values: PresentationDataValue[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const fragment = bytes.subarray(at, at + size);
    const isLast = at + size >= bytes.length;
    values.push({ presentationContextId, isCommand, isLast, fragment });
  }
  return values;
}

/** Feeds PDUs, each a list of PDVs, to an assembler. */
function assemble(
  pdus: PresentationDataValue[][],
  assembler = new MessageAssembler(),
): DimseMessage[] {
  const stream = new PduStream();
  const messages: DimseMessage[] = [];
  for (const presentationDataValues of pdus) {
    stream.push(encodePdu({ type: "P-DATA-TF", presentationDataValues }));
    for (let frame = stream.next(); frame !== undefined; frame = stream.next()) {
      assembler.receive(frame, messages);
    }
  }
  return messages;
}

const match = { command: pending, presentationContextId: 3, dataSet };
const end = { command: success, presentationContextId: 3, dataSet: undefined };

const packings: [string, PresentationDataValue[][]][] = [
  ["a PDU for each", [pdvs(pending), pdvs(dataSet), pdvs(success)]],
  ["command and data in one PDU", [[...pdvs(pending), ...pdvs(dataSet)], pdvs(success)]],
  ["all in one PDU", [[...pdvs(pending), ...pdvs(dataSet), ...pdvs(success)]]],
  [
    "one byte per fragment",
    [...pdvs(pending, 1), ...pdvs(dataSet, 1), ...pdvs(success, 1)].map((each) => [each]),
  ],
  [
    "many one-byte PDVs in one PDU",
    [[...pdvs(pending, 1), ...pdvs(dataSet, 1), ...pdvs(success, 1)]],
  ],
  [
    "a PDU that ends in the middle of the command",
    [
      pdvs(pending, 50).slice(0, 1),
      [...pdvs(pending, 50).slice(1), ...pdvs(dataSet, 7)],
      pdvs(
        success,
      ),
    ],
  ],
  [
    "empty fragments",
    [[
      { ...pdvs(dataSet, 99)[0], isCommand: true, isLast: false, fragment: new Uint8Array(0) },
      ...pdvs(pending),
      { presentationContextId: 3, isCommand: false, isLast: false, fragment: dataSet },
      { presentationContextId: 3, isCommand: false, isLast: true, fragment: new Uint8Array(0) },
    ] as PresentationDataValue[], pdvs(success)],
  ],
];
for (const [packing, pdus] of packings) {
  Deno.test(`MessageAssembler takes ${packing}`, () => {
    assertEquals(assemble(pdus), [match, end]);
  });
}

Deno.test("MessageAssembler yields the messages of DCMTK however they arrive", () => {
  const bytes = goldenBytes("find_rsp_pending");
  for (const { way, chunks, copies } of arrivals(bytes)) {
    const stream = new PduStream();
    const assembler = new MessageAssembler();
    const messages: DimseMessage[] = [];
    for (const chunk of chunks) {
      stream.push(chunk);
      for (let frame = stream.next(); frame !== undefined; frame = stream.next()) {
        assembler.receive(frame, messages);
      }
    }
    assertEquals(messages.map(({ command }) => command.status), Array(copies).fill(0xFF00), way);
  }
});

Deno.test("MessageAssembler hands out a data set in one fragment without a copy", () => {
  const stream = new PduStream();
  stream.push(encodePdu({ type: "P-DATA-TF", presentationDataValues: pdvs(pending) }));
  stream.push(encodePdu({ type: "P-DATA-TF", presentationDataValues: pdvs(dataSet) }));
  const messages: DimseMessage[] = [];
  const assembler = new MessageAssembler();
  let buffer: Uint8Array | undefined;
  for (let frame = stream.next(); frame !== undefined; frame = stream.next()) {
    assembler.receive(frame, messages);
    buffer = frame.buffer;
  }
  assertEquals(messages[0]?.dataSet?.buffer === buffer?.buffer, true);
});

Deno.test("MessageAssembler believes the data behind a command set that denies it", () => {
  const denying = { ...pending, commandDataSetType: 0x0101 };
  const assembler = new MessageAssembler();
  const messages = assemble([pdvs(denying), pdvs(dataSet), pdvs(success)], assembler);
  assertEquals(messages, [{ ...match, command: denying }, end]);
  assertEquals([...assembler.peculiarities], [["data set where none was announced", 1]]);
});

Deno.test("MessageAssembler goes on when a pending response has no data set", () => {
  const assembler = new MessageAssembler();
  const messages = assemble(
    [pdvs(pending), pdvs(pending), pdvs(dataSet), pdvs(success)],
    assembler,
  );
  assertEquals(messages, [{ ...match, dataSet: undefined }, match, end]);
  assertEquals([...assembler.peculiarities], [["no data set where one was announced", 1]]);
});

Deno.test("MessageAssembler drops an Identifier behind Success", () => {
  for (const commandDataSetType of [0x0101, 0x0001]) {
    const final = { ...success, commandDataSetType };
    const assembler = new MessageAssembler();
    const messages = assemble([pdvs(final), pdvs(dataSet), pdvs(success)], assembler);
    assertEquals(messages, [{ ...end, command: final }, end]);
    assertEquals([...assembler.peculiarities], [["data set after a final response", 1]]);
  }
});

for (const [name, commandField] of [["C-ECHO-RSP", 0x8030], ["C-ECHO-RQ", 0x0030]] as const) {
  Deno.test(`MessageAssembler takes a ${name} for complete that announces a data set, whether one comes or not`, () => {
    const echo: CommandSet = { ...success, commandField, commandDataSetType: 0x0001 };
    assertEquals(assemble([pdvs(echo)]), [{ ...end, command: echo }]);
    assertEquals(assemble([pdvs(echo), pdvs(dataSet), pdvs(success)]), [
      { ...end, command: echo },
      end,
    ]);
  });
}

Deno.test("MessageAssembler takes no data set for one that was not finished", () => {
  assertEquals(assemble([pdvs(pending), pdvs(dataSet, 10).slice(0, 3)]), []);
});

const wrong: [string, PresentationDataValue[][], string][] = [
  [
    "contexts are interleaved",
    [[...pdvs(pending), ...pdvs(dataSet, Infinity, 5)]],
    "a fragment of context 5 stands inside a message of 3",
  ],
  [
    "a command set begins inside a data set",
    [[...pdvs(pending), ...pdvs(dataSet, 10).slice(0, 1), ...pdvs(success)]],
    "a command set begins before the data set is complete",
  ],
  [
    "data stands inside a command set",
    [[...pdvs(pending, 10).slice(0, 1), ...pdvs(dataSet)]],
    "a data set fragment stands inside a command set",
  ],
];
for (const [what, pdus, message] of wrong) {
  Deno.test(`MessageAssembler throws where ${what}`, () => {
    assertThrows(() => assemble(pdus), DicomDecodeError, message);
  });
}

for (const size of [Infinity, 1, 16]) {
  Deno.test(`MessageAssembler drops a data set beyond its limit and goes on, in fragments of ${size}`, () => {
    const limited = new MessageAssembler({ maximumMessageLength: 100 });
    const pdus = [
      ...[pending, new Uint8Array(101), pending, new Uint8Array(100), pending, dataSet, success],
    ].flatMap((value) => pdvs(value, value instanceof Uint8Array ? size : Infinity))
      .map((one) => [one]);
    assertEquals(assemble(pdus, limited), [
      { ...match, dataSet: undefined, droppedBytes: 101 },
      { ...match, dataSet: new Uint8Array(100) },
      match,
      end,
    ]);
  });

  Deno.test(`MessageAssembler stops at a command set beyond its limit, in fragments of ${size}`, () => {
    const limited = new MessageAssembler({ maximumMessageLength: 100 });
    const long = pdvs({ ...success, errorComment: "x".repeat(100) }, Math.min(size, 40));
    assertThrows(
      () => assemble(long.map((one) => [one]), limited),
      DicomDecodeError,
      "Cannot decode command set at offset 100: it is longer than 100 bytes",
    );
  });
}

for (
  const [what, body, message] of [
    ["is cut short", [0, 0, 0, 2, 3], "the header of a PDV is cut short"],
    ["lies about its length", [0, 0, 0, 9, 3, 3], "PDV Item-length is 9 where 2 bytes follow"],
    ["is too short", [0, 0, 0, 1, 3, 3], "PDV Item-length is 1 where 2 bytes follow"],
    ["claims 4 GiB", [255, 255, 255, 255, 3, 3], "PDV Item-length is 4294967295"],
  ] as const
) {
  Deno.test(`MessageAssembler throws where a PDV ${what}`, () => {
    const stream = new PduStream();
    stream.push(Uint8Array.of(4, 0, 0, 0, 0, body.length, ...body));
    const frame = stream.next();
    if (frame === undefined) throw new Error("no PDU");
    const error = assertThrows(
      () => new MessageAssembler().receive(frame, []),
      DicomDecodeError,
      message,
    );
    assertEquals(error.offset, 6);
  });
}

const emptyPdv: PresentationDataValue = {
  presentationContextId: 3,
  isCommand: false,
  isLast: false,
  fragment: new Uint8Array(0),
};
const orphan = { ...emptyPdv, fragment: Uint8Array.of(1) };
const idle: [string, PresentationDataValue[][], PresentationDataValue[]][] = [
  ["PDUs without a PDV", [], []],
  ["empty PDVs before a message", [], [emptyPdv]],
  ["empty PDVs inside a data set", [pdvs(pending)], [emptyPdv]],
  ["empty PDVs inside a command set", [pdvs(pending, 10).slice(0, 1)], [{
    ...emptyPdv,
    isCommand: true,
  }]],
  ["data set fragments after a final response", [pdvs(success)], [orphan]],
];
for (const [what, before, one] of idle) {
  Deno.test(`MessageAssembler takes thousands of ${what} for an error, and some for none`, () => {
    const some: PresentationDataValue[][] = new Array(4096).fill(one);
    assemble([...before, ...some]);
    assertThrows(
      () => assemble([...before, ...some, one]),
      DicomDecodeError,
      "4096 PDUs or PDVs in a row are empty or belong to no message",
    );
  });
}

Deno.test("MessageAssembler takes any number of empty PDVs if messages come in between", () => {
  const some: PresentationDataValue[][] = new Array(3000).fill([emptyPdv]);
  const messages = assemble([...some, pdvs(success), ...some, pdvs(success), ...some]);
  assertEquals(messages, [end, end]);
});

Deno.test("MessageAssembler takes a data set of ten thousand fragments of one byte", () => {
  const long = new Uint8Array(10_000).fill(7);
  const messages = assemble([...pdvs(pending), ...pdvs(long, 1)].map((one) => [one]));
  assertEquals(messages, [{ ...match, dataSet: long }]);
});
