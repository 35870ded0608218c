import { assertEquals, assertRejects } from "@std/assert";
import { SopClass, TransferSyntax } from "../../../src/dicom/uid.ts";
import { associate, type AssociateOptions } from "../../../src/network/associate.ts";
import type { Association } from "../../../src/network/association.ts";
import {
  AssociationAbortedError,
  AssociationRejectedError,
  DimseStatusError,
  PresentationContextError,
} from "../../../src/network/errors.ts";
import { encodePdu } from "../../../src/network/pdu_encode.ts";
import { Acceptor } from "../../../src/serve/acceptor.ts";
import { FindFailure, type FindIndication } from "../../../src/serve/find_handler.ts";

const worklist = SopClass.ModalityWorklistInformationModelFind;
const identifier = Uint8Array.of(0x10, 0, 0x10, 0, 0x50, 0x4E, 0, 0);
const match = Uint8Array.of(0x10, 0, 0x20, 0, 0x4C, 0x4F, 2, 0, 0x41, 0x20);

function connect(
  acceptor: Acceptor,
  change: Partial<AssociateOptions> = {},
): Promise<Association> {
  return associate({
    host: acceptor.host,
    port: acceptor.port,
    calledAeTitle: "RIS",
    callingAeTitle: "CT1",
    presentationContexts: [
      { abstractSyntax: worklist, transferSyntaxes: [TransferSyntax.ExplicitVrLittleEndian] },
      {
        abstractSyntax: SopClass.Verification,
        transferSyntaxes: [TransferSyntax.ImplicitVrLittleEndian],
      },
    ],
    ...change,
  });
}

async function count(association: Association): Promise<number> {
  let matches = 0;
  for await (const batch of association.find({ sopClassUid: worklist, identifier })) {
    matches += batch.length;
  }
  return matches;
}

Deno.test("Acceptor hands the request to its find function", async () => {
  const seen: Partial<FindIndication>[] = [];
  await using acceptor = Acceptor.listen({
    find: ({ signal: _, ...indication }) => {
      seen.push(indication);
      return [match];
    },
  });
  await using association = await connect(acceptor);
  assertEquals(await count(association), 1);
  assertEquals(seen, [{
    sopClassUid: worklist,
    identifier,
    transferSyntaxUid: TransferSyntax.ExplicitVrLittleEndian,
    calledAeTitle: "RIS",
    callingAeTitle: "CT1",
    address: "127.0.0.1",
  }]);
});

Deno.test("Acceptor fragments its responses by the requestor's maximum length", async () => {
  const long = new Uint8Array(10_000).fill(7);
  await using acceptor = Acceptor.listen({ find: () => [long, long] });
  for (const maxPduLength of [32, 33, 4096, 0]) {
    const lengths: number[] = [];
    await using association = await connect(acceptor, {
      maxPduLength,
      trace: (event) => {
        if (event.kind !== "pdu" || event.direction !== "received") return;
        if (event.pdu.type === "P-DATA-TF") lengths.push(encodePdu(event.pdu).length - 6);
      },
    });
    for await (const batch of association.find({ sopClassUid: worklist, identifier })) {
      for (const { dataSet } of batch) assertEquals(dataSet, long);
    }
    if (maxPduLength > 0) assertEquals(Math.max(...lengths) <= maxPduLength, true);
  }
});

Deno.test("Acceptor serves many associations at once", async () => {
  await using acceptor = Acceptor.listen({ find: () => Array(500).fill(match) });
  const counts = await Promise.all(Array.from({ length: 20 }, async () => {
    await using association = await connect(acceptor);
    await association.echo();
    return await count(association);
  }));
  assertEquals(counts, Array(20).fill(500));
});

Deno.test("Acceptor sends matches as they come from an asynchronous find function", async () => {
  const first = Promise.withResolvers<void>();
  await using acceptor = Acceptor.listen({
    async *find(): AsyncGenerator<Uint8Array> {
      yield match;
      await first.promise;
      yield match;
    },
  });
  await using association = await connect(acceptor);
  const responses = association.find({ sopClassUid: worklist, identifier });
  assertEquals((await responses.next()).done, false);
  first.resolve();
  assertEquals((await responses.next()).done, false);
  assertEquals((await responses.next()).done, true);
});

Deno.test("Acceptor stops an endless find function on C-CANCEL", async () => {
  function* endless(): Generator<Uint8Array> {
    for (;;) yield match;
  }
  await using acceptor = Acceptor.listen({ find: endless });
  await using association = await connect(acceptor);
  const responses = association.find({ sopClassUid: worklist, identifier });
  await responses.next();
  await association.cancel();
  let result = await responses.next();
  while (!result.done) result = await responses.next();
  assertEquals(result.value.status, 0xFE00);
});

Deno.test("Acceptor fails a find as its function says, after the matches before", async () => {
  await using acceptor = Acceptor.listen({
    *find(): Generator<Uint8Array> {
      yield match;
      throw new FindFailure(0xA700, "too much");
    },
  });
  await using association = await connect(acceptor);
  const responses = association.find({ sopClassUid: worklist, identifier });
  assertEquals((await responses.next()).done, false);
  const error = await assertRejects(() => responses.next(), DimseStatusError);
  assertEquals([error.status, error.errorComment], [0xA700, "too much"]);
});

Deno.test("Acceptor aborts the association where its find function fails by a bug", async () => {
  const errors: unknown[] = [];
  const bug = new Error("bug");
  await using acceptor = Acceptor.listen({
    find: () => {
      throw bug;
    },
    onError: (error) => errors.push(error),
  });
  const association = await connect(acceptor);
  await assertRejects(() => count(association), AssociationAbortedError);
  await acceptor.close();
  assertEquals(errors, [bug]);
});

Deno.test("Acceptor rejects associations that call another title", async () => {
  await using acceptor = Acceptor.listen({ find: () => [], aeTitle: "OTHER" });
  const error = await assertRejects(() => connect(acceptor), AssociationRejectedError);
  assertEquals([error.result, error.source, error.reason], [1, 1, 7]);
});

Deno.test("Acceptor answers each context by what it supports", async () => {
  const contexts = [
    { abstractSyntax: worklist, transferSyntaxes: [TransferSyntax.ImplicitVrLittleEndian] },
  ];
  await using acceptor = Acceptor.listen({ find: () => [], contexts });
  await using association = await connect(acceptor, {
    presentationContexts: [
      { abstractSyntax: worklist, transferSyntaxes: [TransferSyntax.ExplicitVrBigEndian] },
      { abstractSyntax: "1.2.3", transferSyntaxes: [TransferSyntax.ImplicitVrLittleEndian] },
      { abstractSyntax: worklist, transferSyntaxes: [TransferSyntax.ImplicitVrLittleEndian] },
    ],
  });
  assertEquals(association.rejectedContexts.map(({ result }) => result), [4, 3]);
  assertEquals(await count(association), 0);
  await assertRejects(() => association.echo(), PresentationContextError);
});

Deno.test("Acceptor outlives connections that say nothing or nonsense", async () => {
  const errors: unknown[] = [];
  await using acceptor = Acceptor.listen({ find: () => [match], onError: (e) => errors.push(e) });
  const { host: hostname, port } = acceptor;
  const silent = await Deno.connect({ hostname, port });
  const nonsense = await Deno.connect({ hostname, port });
  await nonsense.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  const answer = new Uint8Array(100);
  const length = await nonsense.read(answer);
  // A-ABORT by the service-provider
  assertEquals(answer.subarray(0, length ?? 0).toHex(), "07000000000400000206");
  nonsense.close();
  await using association = await connect(acceptor);
  assertEquals(await count(association), 1);
  silent.close();
  assertEquals(errors.length, 1);
});

Deno.test("Acceptor.close() aborts the associations that are open", async () => {
  const acceptor = Acceptor.listen({ find: () => [] });
  const association = await connect(acceptor);
  await acceptor.close();
  await assertRejects(() => association.echo(), AssociationAbortedError);
});
