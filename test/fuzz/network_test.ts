import { assertEquals } from "@std/assert";
import { concat } from "../../src/base/concat.ts";
import { DicomDecodeError } from "../../src/dicom/errors.ts";
import { describePdu } from "../../src/network/describe.ts";
import {
  type CommandSet,
  decodeCommandSet,
  type DimseMessage,
  encodeCommandSet,
} from "../../src/network/dimse.ts";
import { encodeMessage } from "../../src/network/message_encode.ts";
import { MessageAssembler } from "../../src/network/message_assembler.ts";
import type { AAssociateRq, Pdu } from "../../src/network/pdu.ts";
import { decodePdu } from "../../src/network/pdu_decode.ts";
import { encodePdu } from "../../src/network/pdu_encode.ts";
import { PduStream } from "../../src/network/pdu_stream.ts";
import { goldenBytes, goldenNames } from "../support/golden_pdu.ts";
import { fuzzRounds, fuzzSeed, SeededRandom } from "../support/seeded_random.ts";

const seed = fuzzSeed();

/** Whether `decode` returned; the only other way to end is a DicomDecodeError. */
function decodes(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (error) {
    if (error instanceof DicomDecodeError) return false;
    throw error;
  }
}

/** Flips bits, sets bytes to what lengths and types are made of, cuts off the end. */
function damaged(random: SeededRandom, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  for (let damage = random.below(5); damage >= 0; damage--) {
    const at = random.below(copy.length);
    if (random.oneIn(2)) copy[at] = random.pick([0x00, 0xFF, 0x01, 0x50, 0x7F, 0x80]);
    else copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  }
  return random.oneIn(3) ? copy.slice(0, random.below(copy.length)) : copy;
}

const golden = goldenNames("").map(goldenBytes);

Deno.test(`decodePdu() of random bytes ends in a PDU or a DicomDecodeError, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  for (let round = 0; round < fuzzRounds(20_000); round++) {
    const bytes = new Uint8Array(6 + random.below(200));
    bytes.set(random.bytes(bytes.length));
    bytes[0] = 1 + random.below(8);
    if (!random.oneIn(10)) new DataView(bytes.buffer).setUint32(2, bytes.length - 6);
    decodes(() => describePdu(decodePdu(bytes), "received"));
  }
});

Deno.test(`decodePdu() of golden PDUs, damaged, ends in a PDU or a DicomDecodeError, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  let survived = 0;
  for (let round = 0; round < fuzzRounds(20_000); round++) {
    const bytes = damaged(random, golden[random.below(golden.length)] ?? new Uint8Array(0));
    if (bytes.length >= 6) new DataView(bytes.buffer).setUint32(2, bytes.length - 6);
    if (decodes(() => describePdu(decodePdu(bytes), "received"))) survived++;
  }
  assertEquals(survived > 0, true);
});

Deno.test(`decodeCommandSet() of damaged command sets ends in one or a DicomDecodeError, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  const command = encodeCommandSet({
    affectedSOPClassUID: "1.2.840.10008.5.1.4.31",
    commandField: 0x8020,
    messageIDBeingRespondedTo: 1,
    commandDataSetType: 1,
    status: 0xC001,
    offendingElement: [0x00100010],
    errorComment: "comment",
  });
  let survived = 0;
  for (let round = 0; round < fuzzRounds(20_000); round++) {
    if (decodes(() => decodeCommandSet(damaged(random, command)))) survived++;
    decodes(() => decodeCommandSet(random.bytes(random.below(100))));
  }
  assertEquals(survived > 0, true);
});

Deno.test(`decodeCommandSet() reads a command set with guests as one without, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  for (let round = 0; round < fuzzRounds(3000); round++) {
    const command: CommandSet = {
      affectedSOPClassUID: randomUid(random),
      commandField: 0x8020,
      messageIDBeingRespondedTo: random.below(65536),
      commandDataSetType: random.below(65536),
      status: random.below(65536),
    };
    const elements = elementsOf(encodeCommandSet(command));
    for (let guests = random.below(4); guests > 0; guests--) {
      const value = random.bytes(random.below(20));
      // Another group, or an element of group 0000 that no service defines.
      const group = random.oneIn(2) ? 1 + random.below(65535) : 0;
      const number = group === 0 ? 0x5000 + random.below(100) : random.below(65536);
      const guest = [group, group >> 8, number, number >> 8, value.length, 0, 0, 0, ...value];
      elements.splice(random.below(elements.length + 1), 0, Uint8Array.from(guest));
    }
    const bytes = concat([...elements, new Uint8Array(random.below(40))]);
    assertEquals(decodeCommandSet(bytes), command);
  }
});

/** The elements of a command set, each with its header. */
function elementsOf(bytes: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 8 + new DataView(bytes.buffer).getUint32(at + 4, true);
    elements.push(bytes.subarray(at, end));
    at = end;
  }
  return elements;
}

Deno.test(`a damaged stream ends in messages or a DicomDecodeError, however it is split, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  const answer = goldenBytes("dcmtk_find_acceptor");
  for (let round = 0; round < fuzzRounds(3000); round++) {
    const bytes = damaged(random, answer);
    const ends = [1, 0].map((isSplit) => {
      const stream = new PduStream({ maximumLength: 16384 });
      const assembler = new MessageAssembler({ maximumMessageLength: 10_000 });
      const messages: DimseMessage[] = [];
      const ended = decodes(() => {
        for (let at = 0; at < bytes.length;) {
          const end = isSplit ? at + 1 + random.below(50) : bytes.length;
          stream.push(bytes.subarray(at, end));
          at = end;
          for (let frame = stream.next(); frame !== undefined; frame = stream.next()) {
            if (frame.type === 4) assembler.receive(frame, messages);
          }
        }
      });
      return { ended, messages };
    });
    assertEquals(ends[0], ends[1]);
  }
});

Deno.test(`decodePdu() of what encodePdu() wrote is what was encoded, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  for (let round = 0; round < fuzzRounds(3000); round++) {
    const pdu = randomPdu(random);
    assertEquals(decodePdu(encodePdu(pdu)), pdu);
  }
});

Deno.test(`MessageAssembler reads what encodeMessage() wrote, at any maximum length, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  for (let round = 0; round < fuzzRounds(2000); round++) {
    const command: CommandSet = {
      affectedSOPClassUID: randomUid(random),
      commandField: 0x0020,
      messageID: random.below(65536),
      commandDataSetType: 1,
    };
    const dataSet = random.bytes(random.below(500));
    const stream = new PduStream();
    stream.push(encodeMessage(1, encodeCommandSet(command), dataSet, random.below(200)));
    const assembler = new MessageAssembler();
    const messages: DimseMessage[] = [];
    for (let frame = stream.next(); frame !== undefined; frame = stream.next()) {
      assembler.receive(frame, messages);
    }
    assertEquals(messages.length, 1);
    assertEquals(messages[0]?.command, command);
    assertEquals(messages[0]?.dataSet, new Uint8Array(dataSet));
  }
});

function several<T>(random: SeededRandom, make: () => T): T[] {
  return Array.from({ length: random.below(4) }, make);
}

function randomUid(random: SeededRandom): string {
  return `1.2.${random.below(1000)}.${random.below(1_000_000)}`;
}

function randomPdu(random: SeededRandom): Pdu {
  const uid = (): string => randomUid(random);
  const byte = (): number => random.below(256);
  const flag = (): boolean => random.oneIn(2);
  const associate: AAssociateRq = {
    type: "A-ASSOCIATE-RQ",
    protocolVersion: random.below(65536),
    calledAeTitle: `AE${random.below(10_000)}`,
    callingAeTitle: `AE ${random.below(10_000)}`,
    applicationContextName: uid(),
    presentationContexts: several(random, () => ({
      id: byte(),
      abstractSyntax: uid(),
      transferSyntaxes: several(random, uid),
    })),
    userInformation: {
      ...(flag() && { maximumLength: random.below(2 ** 32) }),
      ...(flag() && { implementationClassUid: uid() }),
      ...(flag() && { implementationVersionName: "VERSION" }),
      ...(flag() && {
        asynchronousOperationsWindow: {
          maximumNumberOperationsInvoked: random.below(65536),
          maximumNumberOperationsPerformed: random.below(65536),
        },
      }),
      roleSelections: several(random, () => ({
        sopClassUid: uid(),
        scuRole: flag(),
        scpRole: flag(),
      })),
      sopClassExtendedNegotiations: several(random, () => ({
        sopClassUid: uid(),
        info: random.bytes(random.below(8)),
      })),
      sopClassCommonExtendedNegotiations: several(random, () => ({
        sopClassUid: uid(),
        serviceClassUid: uid(),
        relatedGeneralSopClassUids: several(random, uid),
      })),
      ...(flag() && {
        userIdentity: {
          type: 1 + random.below(5),
          positiveResponseRequested: flag(),
          primaryField: random.bytes(random.below(50)),
          secondaryField: random.bytes(random.below(50)),
        },
      }),
      ...(flag() && { userIdentityResponse: random.bytes(random.below(50)) }),
    },
  };
  return random.pick<Pdu>([
    associate,
    {
      ...associate,
      type: "A-ASSOCIATE-AC",
      presentationContexts: several(random, () => ({
        id: byte(),
        result: byte(),
        transferSyntax: uid(),
      })),
    },
    { type: "A-ASSOCIATE-RJ", result: byte(), source: byte(), reason: byte() },
    {
      type: "P-DATA-TF",
      presentationDataValues: several(random, () => ({
        presentationContextId: byte(),
        isCommand: flag(),
        isLast: flag(),
        fragment: random.bytes(random.below(50)),
      })),
    },
    { type: "A-RELEASE-RQ" },
    { type: "A-RELEASE-RP" },
    { type: "A-ABORT", source: byte(), reason: byte() },
  ]);
}
