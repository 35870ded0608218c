import { assert, assertEquals, assertRejects } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { encodeDataSet } from "../../../src/dicom/encode.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { SopClass, TransferSyntax } from "../../../src/dicom/uid.ts";
import { associate } from "../../../src/network/associate.ts";
import type { Association } from "../../../src/network/association.ts";
import { CommandField, encodeCommandSet, noDataSet } from "../../../src/network/dimse.ts";
import { AssociationRejectedError, DimseStatusError } from "../../../src/network/errors.ts";
import { encodeMessage } from "../../../src/network/message_encode.ts";
import { requestOf } from "../../../src/network/negotiation.ts";
import { encodePdu } from "../../../src/network/pdu_encode.ts";
import { plannedSteps } from "../../support/served_items.ts";
import { MemoryStore } from "../../support/served_items.ts";
import { type ServedMemory, serveStore } from "../../support/serve_store.ts";

const worklist = SopClass.ModalityWorklistInformationModelFind;
const syntax = TransferSyntax.ExplicitVrLittleEndian;
const timeouts = { connectMs: 5000, associateMs: 5000, responseMs: 20_000, releaseMs: 2000 };
/** An honest station is answered in this time, whatever others do. */
const promptMs = 250;

function storeOf(count: number): MemoryStore {
  const store = new MemoryStore("ct");
  for (let n = 1; n <= count; n++) {
    store.commit(`${n}`, plannedSteps({ id: `${n}`, station: n % 100 === 0 ? "CT9" : "CT1" }));
  }
  return store;
}

function open(server: ServedMemory, callingAeTitle = "CT1"): Promise<Association> {
  return associate({
    host: server.host,
    port: server.port,
    calledAeTitle: "RAD",
    callingAeTitle,
    presentationContexts: [{ abstractSyntax: worklist, transferSyntaxes: [syntax] }],
    timeouts,
  });
}

function identifierFor(station = ""): Uint8Array {
  const step = new DataSet([
    element(Tag.ScheduledStationAETitle, station === "" ? [] : [station]),
  ]);
  return encodeDataSet(
    new DataSet([
      element(Tag.PatientName, []),
      element(Tag.ScheduledProcedureStepSequence, [step]),
    ]),
    syntax,
  );
}

async function countMatches(association: Association, identifier: Uint8Array): Promise<number> {
  let count = 0;
  for await (const batch of association.find({ sopClassUid: worklist, identifier })) {
    count += batch.length;
  }
  return count;
}

/** The shortest of some honest visits, in milliseconds: what others do, not what the machine does besides. */
async function visitMs(server: ServedMemory, expected: number): Promise<number> {
  let shortest = Infinity;
  for (let visit = 0; visit < 6; visit++) {
    const start = performance.now();
    const association = await open(server, "HONEST");
    assertEquals(await countMatches(association, identifierFor("CT9")), expected);
    await association.release();
    shortest = Math.min(shortest, performance.now() - start);
  }
  return shortest;
}

async function connected(server: ServedMemory): Promise<Deno.TcpConn> {
  return await Deno.connect({ hostname: server.host, port: server.port });
}

/** Reads until the peer closes; how many bytes came. */
async function drained(connection: Deno.Conn): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of connection.readable) chunks.push(chunk);
  } catch {
    // Reset is an end, too.
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

Deno.test("a thousand connections that send nothing keep no station waiting, and are closed", async () => {
  await using server = serveStore(storeOf(200), {}, {
    maxAssociations: 20,
    timeouts: { associateMs: 3000, idleMs: 60_000, writeMs: 30_000 },
  });
  const idle = await Promise.all(Array.from({ length: 1000 }, () => connected(server)));
  const ms = await visitMs(server, 2);
  assert(ms < promptMs, `${ms} ms`);
  // The deadline of the association closes those that were not pushed out.
  await Promise.all(idle.map(drained));
});

Deno.test("stations that ask for everything without pause keep no other one waiting", async () => {
  await using server = serveStore(storeOf(1000));
  const flooding = new AbortController();
  const floods = Array.from({ length: 30 }, async (_, n) => {
    const association = await open(server, `FLOOD${n % 3}`);
    while (!flooding.signal.aborted) {
      assertEquals(await countMatches(association, identifierFor()), 1000);
    }
    await association.release();
  });
  const ms = await visitMs(server, 10);
  flooding.abort();
  await Promise.all(floods);
  assert(ms < promptMs * 4, `${ms} ms, with the floods' own work in the same process`);
});

Deno.test("a station that does not read is ended at its deadline and holds no more than one batch", async () => {
  const store = storeOf(200);
  const long = "x".repeat(10_000);
  for (let n = 1; n <= 2000; n++) {
    const dataSet = plannedSteps({ id: `L${n}` });
    dataSet.set(element(0x00401400, [long]));
    store.commit(`L${n}`, dataSet);
  }
  const { promise: ended, resolve } = Promise.withResolvers<unknown>();
  await using server = serveStore(store, {}, {
    timeouts: { associateMs: 5000, idleMs: 5000, writeMs: 400 },
    onError: resolve,
  });
  const connection = await connected(server);
  await connection.write(associationRequest());
  await connection.read(new Uint8Array(4096));
  const everything = encodeDataSet(new DataSet([element(0x00401400, [])]), syntax);
  await connection.write(findRequest(1, everything));
  assert(String(await ended).includes("0.4 s"), String(await ended));
  // 20 MB of matches: what the kernel holds and one batch were made, and no more.
  const [answer] = server.answers;
  assertEquals(answer?.outcome, "ended");
  assert((answer?.matches ?? 0) < 1500, `${answer?.matches} matches were made`);
  assertEquals(await visitMs(server, 2) < promptMs * 4, true);
  connection.close();
});

Deno.test("there are as many associations as configured, and one that is idle makes room", async () => {
  await using server = serveStore(storeOf(100), {}, { maxAssociations: 3 });
  const three = await Promise.all([open(server), open(server), open(server)]);
  const error = await assertRejects(() => open(server), AssociationRejectedError);
  assertEquals([error.result, error.source, error.reason], [2, 3, 2]);
  await three[0]?.release();
  const fourth = await open(server);
  assertEquals(server.acceptor.associations, 3);
  // Idle for more than a second: the one that was idle for longest is ended.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assertEquals(await countMatches(fourth, identifierFor("CT9")), 1);
  const fifth = await open(server);
  assertEquals(server.acceptor.associations, 3);
  assertEquals(await countMatches(fifth, identifierFor("CT9")), 1);
  assertEquals(await countMatches(fourth, identifierFor("CT9")), 1);
  await Promise.allSettled([three[1], three[2], fourth, fifth].map((one) => one?.release()));
});

Deno.test("an association on which nothing is asked ends at its deadline", async () => {
  await using server = serveStore(storeOf(1), {}, {
    timeouts: { associateMs: 5000, idleMs: 150, writeMs: 5000 },
  });
  const connection = await connected(server);
  await connection.write(associationRequest());
  const received = await drained(connection);
  assertEquals(received[0], 0x02);
  // A-ABORT is the last PDU: type 7, 4 bytes.
  assertEquals([...received.slice(-10, -4)], [7, 0, 0, 0, 0, 4]);
});

Deno.test("lies about lengths and garbage end their own connection only", async () => {
  await using server = serveStore(storeOf(100), {}, {
    maxMessageLength: 1 << 18,
    timeouts: { associateMs: 2000, idleMs: 2000, writeMs: 2000 },
  });
  const request = associationRequest();
  const find = findRequest(1, identifierFor());
  const rows: Uint8Array[][] = [
    [Uint8Array.of(1, 0, 0xFF, 0xFF, 0xFF, 0xFF)],
    [Uint8Array.of(0x16, 3, 1, 2, 0, 1)],
    [new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")],
    [changed(request, 74 + 2, 0xFF)],
    [changed(request, 5, 0x10)],
    [request.subarray(0, 40)],
    [request, Uint8Array.of(4, 0, 0xFF, 0xFF, 0xFF, 0xF0)],
    [request, changed(find, 9, 0xFF)],
    [request, changed(find, 10, 99)],
    [request, changed(find, 2 + 10, 0x77)],
    [request, find.subarray(0, find.length - 3)],
    [request, request],
    [request, Uint8Array.of(3, 0, 0, 0, 0, 4, 0, 1, 1, 1)],
    // A command set that never ends.
    [request, ...Array.from({ length: 20 }, () => pdvOf(1, new Uint8Array(16_000)))],
  ];
  await Promise.all(rows.map(async (chunks) => {
    const connection = await connected(server);
    try {
      for (const chunk of chunks) await connection.write(chunk);
    } catch {
      // It was closed before all was written.
    }
    await drained(connection);
  }));
  const ms = await visitMs(server, 1);
  assert(ms < promptMs * 2, `${ms} ms`);
});

Deno.test("an identifier that cannot be read is answered with A900, and the association goes on", async () => {
  await using server = serveStore(storeOf(100));
  const association = await open(server);
  for (
    const identifier of [Uint8Array.of(1, 2, 3), new Uint8Array(0), identifierFor().slice(0, 15)]
  ) {
    const error = await assertRejects(
      () => countMatches(association, identifier),
      DimseStatusError,
    );
    assertEquals(error.status, 0xA900);
  }
  assertEquals(await countMatches(association, identifierFor("CT9")), 1);
  assertEquals(await countMatches(association, identifierFor()), 100);
  await association.release();
});

Deno.test("a query is cancelled, others on the same association are answered, in any packing of PDVs", async () => {
  const store = storeOf(3000);
  await using server = serveStore(store);
  const connection = await connected(server);
  await connection.write(associationRequest());
  await readPdus(connection, (types) => types.includes(0x02));
  const cancel = encodeCommandSet({
    commandField: CommandField.CCancelRq,
    messageIDBeingRespondedTo: 1,
    commandDataSetType: noDataSet,
  });
  const everything = findRequest(1, identifierFor());
  const selective = findRequest(2, identifierFor("CT9"));
  await connection.write(everything);
  await connection.write(encodeMessage(1, cancel, undefined, 0));
  // One byte at a time, then with one byte in each fragment.
  for (const byte of selective) await connection.write(Uint8Array.of(byte));
  await connection.write(findRequest(3, identifierFor("CT9"), 7));
  const statuses: string[] = [];
  let rest: Uint8Array = new Uint8Array(0);
  while (statuses.filter((one) => !one.includes("ff00")).length < 3) {
    const buffer = new Uint8Array(1 << 16);
    const length = await connection.read(buffer);
    if (length === null) throw new Error(`closed after ${statuses}`);
    rest = new Uint8Array([...rest, ...buffer.subarray(0, length)]);
    rest = takeStatuses(rest, statuses);
  }
  connection.close();
  const pending = (id: number): number => statuses.filter((one) => one === `${id} ff00`).length;
  assert(pending(1) < 3000, `${pending(1)}`);
  assertEquals(statuses.filter((one) => !one.includes("ff00")), ["1 fe00", "2 0", "3 0"]);
  assertEquals([pending(2), pending(3)], [30, 30]);
});

Deno.test("more requests at once than wait for their turn end the association", async () => {
  await using server = serveStore(storeOf(3000));
  const connection = await connected(server);
  await connection.write(associationRequest());
  const many = Array.from({ length: 40 }, (_, n) => findRequest(n + 1, identifierFor()));
  const reading = drained(connection);
  await connection.write(await bytesOf(many)).catch(() => {});
  const received = await reading;
  assertEquals([...received.slice(-10, -4)], [7, 0, 0, 0, 0, 4]);
  assert(await visitMs(server, 30) < promptMs * 4);
});

function associationRequest(): Uint8Array {
  return encodePdu(requestOf({
    calledAeTitle: "RAD",
    callingAeTitle: "RAW",
    presentationContexts: [{ abstractSyntax: worklist, transferSyntaxes: [syntax] }],
    maxPduLength: 0,
  }));
}

function findRequest(messageID: number, identifier: Uint8Array, maximumLength = 0): Uint8Array {
  const command = encodeCommandSet({
    affectedSOPClassUID: worklist,
    commandField: CommandField.CFindRq,
    messageID,
    priority: 0,
    commandDataSetType: 1,
  });
  return encodeMessage(1, command, identifier, maximumLength);
}

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

function pdvOf(header: number, value: Uint8Array): Uint8Array {
  const pdu = new Uint8Array(12 + value.length);
  const view = new DataView(pdu.buffer);
  pdu[0] = 4;
  view.setUint32(2, value.length + 6);
  view.setUint32(6, value.length + 2);
  pdu[10] = 1;
  pdu[11] = header;
  pdu.set(value, 12);
  return pdu;
}

async function bytesOf(parts: readonly Uint8Array[]): Promise<Uint8Array> {
  return new Uint8Array(await new Blob([...parts] as BlobPart[]).arrayBuffer());
}

async function readPdus(
  connection: Deno.Conn,
  isEnough: (types: number[]) => boolean,
): Promise<void> {
  const buffer = new Uint8Array(1 << 16);
  const length = await connection.read(buffer);
  if (length === null || !isEnough([buffer[0] ?? 0])) throw new Error("not accepted");
}

/** Takes whole PDUs and notes Message ID and status of each response; returns what is left. */
function takeStatuses(bytes: Uint8Array, statuses: string[]): Uint8Array {
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  while (bytes.length - at >= 6 && bytes.length - at >= 6 + view.getUint32(at + 2)) {
    const end = at + 6 + view.getUint32(at + 2);
    if (bytes[at] === 4 && ((bytes[at + 11] ?? 0) & 1) === 1) {
      statuses.push(statusIn(bytes.subarray(at + 12, end)));
    }
    at = end;
  }
  return bytes.slice(at);
}

function statusIn(command: Uint8Array): string {
  const view = new DataView(command.buffer, command.byteOffset, command.length);
  const values = new Map<number, number>();
  for (let at = 0; at + 8 <= command.length;) {
    const length = view.getUint32(at + 4, true);
    if (length === 2) values.set(view.getUint16(at + 2, true), view.getUint16(at + 8, true));
    at += 8 + length;
  }
  return `${values.get(0x0120)} ${(values.get(0x0900) ?? 0).toString(16)}`;
}
