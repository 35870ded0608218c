import { assertEquals } from "@std/assert";
import { encodePdu } from "../../../src/network/pdu_encode.ts";
import { CommandField, encodeCommandSet } from "../../../src/network/dimse.ts";
import { answering, having, QuirkBench, stepBytes } from "../../support/quirk_bench.ts";
import { responseBytes, type Script } from "../../support/scripted_acceptor.ts";

const s1 = { id: "S1" };
const s2 = { id: "S2" };

interface Pdv {
  readonly isCommand: boolean;
  readonly bytes: Uint8Array;
}

/** The PDVs of a pending response: a command set and a data set. */
function pendingPdvs(messageId: number, dataSet: Uint8Array): [Pdv, Pdv] {
  const command = encodeCommandSet({
    commandField: CommandField.CFindRsp,
    messageIDBeingRespondedTo: messageId,
    commandDataSetType: 0x0001,
    status: 0xFF00,
  });
  return [{ isCommand: true, bytes: command }, { isCommand: false, bytes: dataSet }];
}

/** A P-DATA-TF with fragments, of which each may be the last of its kind or not (PS3.8 section 9.3.5 and E.2). */
function pDataTf(contextId: number, ...fragments: (Pdv & { isLast: boolean })[]): Uint8Array {
  const items = fragments.flatMap(({ isCommand, bytes, isLast }) => [
    ...length32(bytes.length + 2),
    contextId,
    (isCommand ? 1 : 0) | (isLast ? 2 : 0),
    ...bytes,
  ]);
  return Uint8Array.of(4, 0, ...length32(items.length), ...items);
}

function length32(length: number): number[] {
  return [length >>> 24, length >>> 16 & 0xFF, length >>> 8 & 0xFF, length & 0xFF];
}

/** Sends each match as a packing has it, then the final response. */
function packed(
  pack: (contextId: number, command: Pdv, dataSet: Pdv) => Uint8Array[],
  ...matches: Uint8Array[]
): Script {
  return async (peer) => {
    await peer.accept();
    const request = await peer.recvMessage();
    for (const match of matches) {
      const [command, dataSet] = pendingPdvs(request.command.messageID ?? 0, match);
      await peer.send(...pack(request.presentationContextId, command, dataSet));
    }
    await peer.respond(request, 0x0000);
    await peer.acceptRelease();
  };
}

const packings: Record<string, (contextId: number, command: Pdv, dataSet: Pdv) => Uint8Array[]> = {
  "command and data set in one P-DATA-TF": (contextId, command, dataSet) => [
    pDataTf(contextId, { ...command, isLast: true }, { ...dataSet, isLast: true }),
  ],
  "one fragment per byte, a PDU each": (contextId, ...pdvs) =>
    pdvs.flatMap(({ isCommand, bytes }) =>
      Array.from(bytes, (byte, index) =>
        pDataTf(contextId, {
          isCommand,
          bytes: Uint8Array.of(byte),
          isLast: index === bytes.length - 1,
        }))
    ),
  "many fragments in one PDU, with an empty last one": (contextId, ...pdvs) =>
    pdvs.map(({ isCommand, bytes }) =>
      pDataTf(
        contextId,
        ...Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) => ({
          isCommand,
          bytes: bytes.slice(index * 7, index * 7 + 7),
          isLast: false,
        })),
        { isCommand, bytes: new Uint8Array(), isLast: true },
      )
    ),
};

for (const [what, pack] of Object.entries(packings)) {
  Deno.test(`quirk 8: ${what}: all matches are read`, async () => {
    await using bench = new QuirkBench();
    const both = [stepBytes(s1), stepBytes(s2)];
    assertEquals(await bench.poll(packed(pack, ...both)), ["added S1", "added S2"]);
    await bench.quiet(2, having(s1, s2));
    const moved = stepBytes({ ...s1, time: "0930" });
    await bench.quiet(1, packed(pack, stepBytes(s1)));
    assertEquals(await bench.poll(packed(pack, moved)), [
      "changed S1 ScheduledProcedureStepStartTime",
      "removed S2",
    ]);
  });
}

Deno.test("quirk 9: a data set follows although the command set announces none", async () => {
  await using bench = new QuirkBench();
  const script: Script = async (peer) => {
    await peer.accept();
    const request = await peer.recvMessage();
    const lying = responseBytes(request, 0xFF00, stepBytes(s1), { commandDataSetType: 0x0101 });
    await peer.send(lying);
    await peer.respond(request, 0xFF00, stepBytes(s2));
    await peer.respond(request, 0x0000);
    await peer.acceptRelease();
  };
  assertEquals(await bench.poll(script), ["added S1", "added S2"]);
  await bench.quiet(3, script);
});

Deno.test("quirk 9: success with an identifier is the end, and no match", async () => {
  await using bench = new QuirkBench();
  const script: Script = async (peer) => {
    await peer.accept();
    const request = await peer.recvMessage();
    await peer.respond(request, 0xFF00, stepBytes(s1));
    await peer.respond(request, 0x0000, stepBytes(s2), { commandDataSetType: 0x0001 });
    await peer.acceptRelease();
  };
  assertEquals(await bench.poll(script), ["added S1"]);
  assertEquals((await bench.report(script)).complete, true);
  await bench.quiet(2, script);
});

Deno.test("quirk 10: 0xFF01 is a match like 0xFF00", async () => {
  await using bench = new QuirkBench();
  const script = answering([stepBytes(s1), stepBytes(s2)], { pending: 0xFF01 });
  assertEquals(await bench.poll(script), ["added S1", "added S2"]);
  await bench.quiet(3, script);
  await bench.quiet(3, having(s1, s2));
});

Deno.test("quirk 15: a peer that closes after each C-FIND is asked over a new association", async () => {
  await using bench = new QuirkBench({ peer: "finds_per_association: 4" });
  const closing: Script = async (peer) => {
    await peer.accept();
    const request = await peer.recvMessage();
    await peer.respond(request, 0xFF00, stepBytes(s1));
    await peer.respond(request, 0x0000);
    peer.close();
  };
  assertEquals(await bench.poll(closing), ["added S1"]);
  await bench.quiet(3, closing);
});

Deno.test("quirk 22: an abort instead of the answer to a release does not spoil a complete poll", async () => {
  await using bench = new QuirkBench();
  const aborting: Script = async (peer) => {
    await peer.accept();
    const request = await peer.recvMessage();
    await peer.respond(request, 0xFF00, stepBytes(s1));
    await peer.respond(request, 0x0000);
    await peer.recv("A-RELEASE-RQ");
    await peer.send(encodePdu({ type: "A-ABORT", source: 0, reason: 0 }));
  };
  assertEquals(await bench.poll(aborting), ["added S1"]);
  assertEquals((await bench.report(aborting)).complete, true);
});
