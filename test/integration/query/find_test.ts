import { assert, assertEquals, assertRejects } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { encodeDataSet } from "../../../src/dicom/encode.ts";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { SopClass, TransferSyntax } from "../../../src/dicom/uid.ts";
import { associate } from "../../../src/network/associate.ts";
import {
  ConnectError,
  DimseStatusError,
  PresentationContextError,
} from "../../../src/network/errors.ts";
import { echo } from "../../../src/query/echo.ts";
import { find } from "../../../src/query/find.ts";
import {
  findBatches,
  type FindOptions,
  type FindSummary,
} from "../../../src/query/find_batches.ts";
import type { ReceivedMatch } from "../../../src/query/match.ts";
import type { Peer } from "../../../src/query/peer.ts";
import { buildIdentifier } from "../../../src/query/identifier.ts";
import { IdentifierError } from "../../../src/query/identifier_error.ts";
import { associateOptionsOf } from "../../../src/query/peer.ts";
import { Acceptor } from "../../../src/serve/acceptor.ts";
import { FindFailure, type FindHandler } from "../../../src/serve/find_handler.ts";
import { serveWorklist, type WorklistScp } from "../../../src/serve/worklist_scp.ts";

const everything = { model: "worklist", return: ["PatientID"] } as const;
const context = { now: Temporal.Instant.from("2026-03-01T12:00:00Z"), timeZone: "UTC" };

function patient(id: string): DataSet {
  return new DataSet([element(Tag.PatientID, [id]), element(Tag.PatientName, ["Doe^Jane"])]);
}

function served(count: number): WorklistScp {
  const scp = serveWorklist({ aeTitle: "RIS" });
  for (let n = 1; n <= count; n++) scp.items.set(`${n}`, patient(`P${n}`));
  return scp;
}

function peerOf({ port }: { port: number }, more: Partial<Peer> = {}): Peer {
  return { host: "127.0.0.1", port, aeTitle: "RIS", ...more };
}

async function answer(
  peer: Peer,
  options?: FindOptions,
): Promise<{ ids: string[]; summary?: FindSummary; error?: unknown }> {
  const ids: string[] = [];
  const matches = find(peer, everything, options);
  try {
    for (;;) {
      const { done, value } = await matches.next();
      if (done) return { ids, summary: value };
      ids.push(value.dataSet.string(Tag.PatientID) ?? "");
    }
  } catch (error) {
    return { ids, error };
  }
}

/** A server whose C-FIND is the given one. */
function serving(handler: FindHandler): Acceptor {
  return Acceptor.listen({ find: handler });
}

function encoded(dataSet: DataSet): Uint8Array {
  return encodeDataSet(dataSet, TransferSyntax.ExplicitVrLittleEndian);
}

Deno.test("find() yields every match and says that they are all", async () => {
  await using ris = served(3);
  const { ids, summary } = await answer(peerOf(ris));
  assertEquals(ids, ["P1", "P2", "P3"]);
  assertEquals(summary, {
    ending: "complete",
    matches: 3,
    ignoredKeys: false,
    status: 0,
    peculiarities: new Map(),
  });
});

Deno.test("find() sees items come, change and go between two queries", async () => {
  await using ris = served(2);
  ris.items.delete("1");
  ris.items.set("2", patient("P2b"));
  ris.items.set("3", patient("P3"));
  assertEquals((await answer(peerOf(ris))).ids, ["P2b", "P3"]);
});

Deno.test("find() takes a limit, cancels beyond it and says so", async () => {
  await using ris = served(500);
  const { ids, summary } = await answer(peerOf(ris), { limit: 10 });
  assertEquals(ids.length, 10);
  assertEquals(summary?.ending, "limited");
  const exact = await answer(peerOf(ris), { limit: 500 });
  assertEquals([exact.ids.length, exact.summary?.ending], [500, "complete"]);
});

Deno.test("find() cancels after so many matches and goes on taking what comes", async () => {
  let isCancelled = false;
  await using ris = serving(async function* ({ signal }): AsyncGenerator<Uint8Array> {
    try {
      for (let n = 1; n <= 10_000 && !signal.aborted; n++) {
        yield encoded(patient(`P${n}`));
        // Lets the request to cancel in.
        if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
      }
    } finally {
      isCancelled = signal.aborted;
    }
  });
  const { ids, summary } = await answer(peerOf(ris), { cancelAfter: 5 });
  assertEquals(isCancelled, true);
  assertEquals(ids.length >= 5 && ids.length < 10_000, true);
  assert(summary?.ending === "cancelled");
  assertEquals(summary.status, 0xFE00);
});

Deno.test("find() throws a failure after the matches that came before it", async () => {
  await using ris = serving(function* (): Generator<Uint8Array> {
    yield encoded(patient("P1"));
    yield encoded(patient("P2"));
    throw new FindFailure(0xA700, "Doe^Jane");
  });
  const { ids, summary, error } = await answer(peerOf(ris));
  assertEquals(ids, ["P1", "P2"]);
  assertEquals(summary, undefined);
  assertEquals(error instanceof DimseStatusError && error.status, 0xA700);
  assertEquals(String(error).includes("Doe"), false);
});

Deno.test("find() throws only when an undecodable match is looked at", async () => {
  await using ris = serving(function* (): Generator<Uint8Array> {
    yield Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
    yield encoded(patient("P2"));
  });
  const lengths: number[] = [];
  let failures = 0;
  for await (const match of find(peerOf(ris), everything)) {
    lengths.push(match.bytes.length);
    try {
      match.dataSet;
    } catch (error) {
      if (error instanceof DicomDecodeError) failures++;
    }
  }
  assertEquals([lengths.length, failures], [2, 1]);
});

Deno.test("find() says that the peer does not take the model", async () => {
  await using ris = Acceptor.listen({
    find: () => [],
    contexts: [{
      abstractSyntax: SopClass.StudyRootQueryRetrieveInformationModelFind,
      transferSyntaxes: [TransferSyntax.ImplicitVrLittleEndian],
    }],
  });
  const { error } = await answer(peerOf(ris));
  assertEquals(error instanceof PresentationContextError, true);
  assertEquals(
    String(error).includes("does not take Modality Worklist queries"),
    true,
    String(error),
  );
  assertEquals(String(error).includes("explicit-little, implicit-little"), true);
});

Deno.test("find() refuses wrong keys before it connects, and says that nobody listens", async () => {
  const nobody = peerOf({ port: 1 });
  await assertRejects(
    async () => await find(nobody, { model: "worklist", keys: { PatientNam: "X" } }).next(),
    IdentifierError,
    'did you mean "PatientName"?',
  );
  await assertRejects(async () => await find(nobody, everything).next(), ConnectError);
});

Deno.test("find() ends at once when its signal aborts", async () => {
  const abort = new AbortController();
  await using ris = serving(async function* ({ signal }): AsyncGenerator<Uint8Array> {
    yield encoded(patient("P1"));
    abort.abort(new Error("enough"));
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  });
  const { summary, error } = await answer(peerOf(ris), { signal: abort.signal });
  assertEquals(summary, undefined);
  assertEquals(String(error), "Error: enough");
});

Deno.test("find() leaves nothing behind when its consumer leaves early", async () => {
  await using ris = served(1000);
  for await (const match of find(peerOf(ris), everything)) {
    assertEquals(match.dataSet.string(Tag.PatientID), "P1");
    break;
  }
});

Deno.test("find() decodes text by the peer's character set where it names none", async () => {
  await using ris = serving(function* (): Generator<Uint8Array> {
    const name = new TextEncoder().encode("Müller");
    yield Uint8Array.of(0x10, 0, 0x10, 0, 0x50, 0x4E, name.length + 1, 0, ...name, 0x20);
  });
  const peer = peerOf(ris, { characterSet: { default: "ISO_IR 192" } });
  for await (const { dataSet } of find(peer, everything)) {
    assertEquals(dataSet.string(Tag.PatientName), "Müller");
  }
});

Deno.test("findBatches() asks several times over one association", async () => {
  await using ris = served(3);
  const peer = peerOf(ris);
  const sopClassUid = SopClass.ModalityWorklistInformationModelFind;
  await using association = await associate(associateOptionsOf(peer, [sopClassUid]));
  const { identifier } = buildIdentifier(everything, context);
  for (let round = 0; round < 3; round++) {
    let count = 0;
    const prepared = { model: "worklist", identifier } as const;
    for await (const batch of findBatches({ association, peer }, prepared)) count += batch.length;
    assertEquals(count, 3);
  }
});

Deno.test("findBatches() reads transient matches whole, and leaves those of a query before as they are", async () => {
  const many = 5000;
  await using ris = Acceptor.listen({
    *find(): Generator<Uint8Array> {
      for (let n = 0; n < many; n++) {
        const padding = element(0x00400009, ["x".repeat(1 + n % 1000)], "LO");
        const dataSet = new DataSet([element(Tag.PatientID, [`P${n}`]), padding]);
        yield encodeDataSet(dataSet, TransferSyntax.ExplicitVrLittleEndian);
      }
    },
  });
  const peer = peerOf(ris);
  const sopClassUid = SopClass.ModalityWorklistInformationModelFind;
  await using association = await associate(associateOptionsOf(peer, [sopClassUid]));
  const { identifier } = buildIdentifier(everything, context);
  const prepared = { model: "worklist", identifier } as const;
  const kept: ReceivedMatch[] = [];
  for await (const batch of findBatches({ association, peer }, prepared)) kept.push(...batch);
  const ids: (string | undefined)[] = [];
  const buffers = new Set<ArrayBufferLike>();
  const options = { isTransient: true };
  for await (const batch of findBatches({ association, peer }, prepared, options)) {
    for (const match of batch) {
      ids.push(match.decode().string(Tag.PatientID));
      buffers.add(match.bytes.buffer);
    }
  }
  const expected = Array.from({ length: many }, (_, n) => `P${n}`);
  assertEquals(ids, expected);
  assertEquals(buffers.size <= 3, true, `${buffers.size} buffers`);
  assertEquals(kept.map((match) => match.dataSet.string(Tag.PatientID)), expected);
});

Deno.test("find() asks each model at each of its levels", async () => {
  await using archive = serveWorklist();
  archive.items.set(
    "study",
    new DataSet([
      element(Tag.QueryRetrieveLevel, ["STUDY"]),
      element(Tag.StudyInstanceUID, ["1.2.3"]),
    ]),
  );
  archive.items.set(
    "series",
    new DataSet([
      element(Tag.QueryRetrieveLevel, ["SERIES"]),
      element(Tag.StudyInstanceUID, ["1.2.3"]),
      element(Tag.SeriesInstanceUID, ["1.2.3.4"]),
    ]),
  );
  const uids: (string | undefined)[] = [];
  for (const model of ["study", "patient"] as const) {
    for (const level of ["STUDY", "SERIES", "IMAGE"] as const) {
      const query = { model, level, keys: { StudyInstanceUID: "1.2.3" } };
      for await (const { dataSet } of find(peerOf(archive), query)) {
        uids.push(dataSet.string(Tag.SeriesInstanceUID) ?? dataSet.string(Tag.StudyInstanceUID));
      }
    }
  }
  assertEquals(uids, ["1.2.3", "1.2.3.4", "1.2.3", "1.2.3.4"]);
});

Deno.test("echo() tells how fast the peer is and what it runs", async () => {
  await using ris = served(0);
  const result = await echo(peerOf(ris));
  assertEquals(result.implementationVersionName, "WORKLISTD_0");
  assertEquals(result.associateMs > 0 && result.echoMs > 0, true);
  assertEquals(result.maxPduLength, 131072);
});
