import { assertEquals, assertThrows } from "@std/assert";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import { type PduFrame, PduStream } from "../../../src/network/pdu_stream.ts";
import { arrivals, goldenBytes, goldenJson, goldenNames } from "../../support/golden_pdu.ts";

function framesOf(stream: PduStream): PduFrame[] {
  const frames: PduFrame[] = [];
  for (let frame = stream.next(); frame !== undefined; frame = stream.next()) frames.push(frame);
  return frames;
}

function bytesOf({ buffer, start, end }: PduFrame): string {
  return buffer.subarray(start, end).toHex();
}

const singlePdus = ["abort_", "associate_r", "dcmtk_associate", "release_"].flatMap(goldenNames);
for (const name of singlePdus) {
  Deno.test(`PduStream yields ${name} however it arrives`, () => {
    const bytes = goldenBytes(name);
    for (const { way, chunks, copies } of arrivals(bytes)) {
      const stream = new PduStream();
      const frames: PduFrame[] = [];
      let received = 0;
      for (const chunk of chunks) {
        stream.push(chunk);
        received += chunk.length;
        frames.push(...framesOf(stream));
        assertEquals(frames.length, Math.floor(received / bytes.length), way);
        assertEquals(stream.pendingBytes, received % bytes.length, way);
      }
      assertEquals(frames.map(bytesOf), Array(copies).fill(bytes.toHex()), way);
    }
  });
}

Deno.test("PduStream cuts what DCMTK sends for one C-FIND", () => {
  const stream = new PduStream({ maximumLength: 16384 });
  stream.push(goldenBytes("dcmtk_find_acceptor"));
  const frames = framesOf(stream).map(({ type, start, end }) => ({ type, length: end - start }));
  assertEquals(frames, goldenJson("dcmtk_find_acceptor") as typeof frames);
});

Deno.test("PduStream never overwrites what it handed out", () => {
  const stream = new PduStream();
  const pdu = pDataTf(200_000);
  const kept: { frame: PduFrame; hex: string }[] = [];
  for (let i = 0; i < 20; i++) {
    pdu.fill(i, 6);
    stream.push(pdu);
    for (const frame of framesOf(stream)) kept.push({ frame, hex: bytesOf(frame) });
  }
  assertEquals(kept.length, 20);
  for (const { frame, hex } of kept) assertEquals(bytesOf(frame) === hex, true);
});

Deno.test("PduStream.reuse() overwrites what was handed out since keep(), and nothing else", () => {
  const stream = new PduStream();
  const pdu = pDataTf(200_000);
  const push = (value: number): PduFrame[] => {
    pdu.fill(value, 6);
    // The rest of each PDU arrives with the next one.
    stream.push(pdu.subarray(0, 100_000));
    const frames = framesOf(stream);
    stream.push(pdu.subarray(100_000));
    return [...frames, ...framesOf(stream)];
  };
  const kept = [push(1), push(2)].flat().map((frame) => ({ frame, hex: bytesOf(frame) }));
  stream.keep();
  const buffers = new Set<Uint8Array>();
  for (let value = 3; value < 100; value++) {
    stream.reuse();
    const [frame] = push(value);
    assertEquals(frame?.buffer[frame.start + 6], value);
    assertEquals(frame?.buffer[frame.end - 1], value);
    if (frame !== undefined) buffers.add(frame.buffer);
  }
  assertEquals(buffers.size <= 2, true, `${buffers.size} buffers`);
  for (const { frame, hex } of kept) assertEquals(bytesOf(frame) === hex, true);
});

Deno.test("PduStream.reuse() keeps the part of a PDU that has arrived", () => {
  const stream = new PduStream();
  const pdus = [1, 2, 3].map((value) => pDataTf(1_500_000).fill(value, 6));
  const all = new Uint8Array(pdus.flatMap((pdu) => [...pdu]));
  const found: string[] = [];
  for (let at = 0; at < all.length; at += 700_000) {
    stream.reuse();
    stream.push(all.subarray(at, at + 700_000));
    found.push(...framesOf(stream).map(bytesOf));
  }
  assertEquals(found.map((hex, index) => hex === pdus[index]?.toHex()), [true, true, true]);
});

Deno.test("PduStream takes a PDU that is longer than its buffer", () => {
  const stream = new PduStream();
  const pdu = pDataTf(5_000_000);
  pdu.fill(7, 6);
  stream.push(pdu);
  const [frame] = framesOf(stream);
  assertEquals(frame && frame.end - frame.start, pdu.length);
  assertEquals(frame?.buffer[frame.end - 1], 7);
});

Deno.test("PduStream takes no memory for a length that is only announced", () => {
  const stream = new PduStream();
  stream.push(pDataTf(60_000_000).subarray(0, 6));
  assertEquals(stream.next(), undefined);
  assertEquals(stream.space().length <= 1 << 20, true);
});

Deno.test("PduStream allows our maximum length and a little more, and not more than that", () => {
  const stream = new PduStream({ maximumLength: 16384 });
  stream.push(pDataTf(16384 + 1024));
  assertEquals(framesOf(stream).length, 1);
  const header = pDataTf(16384 + 1025).subarray(0, 6);
  stream.push(header);
  const error = assertThrows(
    () => stream.next(),
    DicomDecodeError,
    "PDU-length is 17409, at most 17408 is allowed",
  );
  assertEquals(error.offset, 6 + 16384 + 1024 + 2);
});

Deno.test("PduStream refuses an A-ABORT of a megabyte", () => {
  const stream = new PduStream();
  stream.push(Uint8Array.of(7, 0, 0, 0x10, 0, 0));
  assertThrows(() => stream.next(), DicomDecodeError, "PDU-length is 1048576");
});

const longest: [type: number, name: string, length: number][] = [
  [1, "A-ASSOCIATE-RQ", 1 << 20],
  [2, "A-ASSOCIATE-AC", 1 << 20],
  [3, "A-ASSOCIATE-RJ", 1024],
  [4, "P-DATA-TF without a limit of ours", 1 << 26],
  [5, "A-RELEASE-RQ", 1024],
  [6, "A-RELEASE-RP", 1024],
  [7, "A-ABORT", 1024],
];
for (const [type, name, length] of longest) {
  Deno.test(`PduStream takes no ${name} of more than ${length} bytes`, () => {
    const header = (announced: number): Uint8Array => {
      const bytes = new Uint8Array(6);
      bytes[0] = type;
      new DataView(bytes.buffer).setUint32(2, announced);
      return bytes;
    };
    const allowed = new PduStream();
    allowed.push(header(length));
    assertEquals(allowed.next(), undefined);
    const refused = new PduStream();
    refused.push(header(length + 1));
    const message = `PDU-length is ${length + 1}, at most ${length} is allowed`;
    assertThrows(() => refused.next(), DicomDecodeError, message);
  });
}

Deno.test("PduStream reads a PDU-length of four bytes as unsigned", () => {
  const stream = new PduStream();
  stream.push(Uint8Array.of(4, 0, 0xFF, 0xFF, 0xFF, 0xFF));
  assertThrows(() => stream.next(), DicomDecodeError, "PDU-length is 4294967295");
});

Deno.test("PduStream knows by the first byte that a peer does not speak DICOM", () => {
  const stream = new PduStream();
  stream.push(new TextEncoder().encode("H"));
  const error = assertThrows(() => stream.next(), DicomDecodeError, "is this the right port?");
  assertEquals(error.offset, 0);
});

function pDataTf(length: number): Uint8Array<ArrayBuffer> {
  const pdu = new Uint8Array(6 + length);
  pdu[0] = 4;
  new DataView(pdu.buffer).setUint32(2, length);
  return pdu;
}

Deno.test("PduStream tells the alert of a TLS stack from what is not DICOM either", () => {
  const stream = new PduStream();
  stream.push(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 70));
  assertThrows(() => stream.next(), DicomDecodeError, "does the peer expect TLS here?");
});
