import { assert, assertEquals } from "@std/assert";
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { SopClass, TransferSyntax } from "../../src/dicom/uid.ts";
import { CommandField, encodeCommandSet } from "../../src/network/dimse.ts";
import { encodeMessage } from "../../src/network/message_encode.ts";
import { requestOf } from "../../src/network/negotiation.ts";
import { encodePdu } from "../../src/network/pdu_encode.ts";
import { find } from "../../src/query/find.ts";
import { fuzzRounds, fuzzSeed, SeededRandom } from "../support/seeded_random.ts";
import { MemoryStore, plannedSteps } from "../support/served_items.ts";
import { serveStore } from "../support/serve_store.ts";

const seed = fuzzSeed();
const worklist = SopClass.ModalityWorklistInformationModelFind;
const syntax = TransferSyntax.ExplicitVrLittleEndian;

const request = encodePdu(requestOf({
  calledAeTitle: "RAD",
  callingAeTitle: "FUZZ",
  presentationContexts: [
    { abstractSyntax: worklist, transferSyntaxes: [syntax] },
    { abstractSyntax: SopClass.Verification, transferSyntaxes: [syntax] },
  ],
}));

function findRequest(): Uint8Array {
  const step = new DataSet([
    element(Tag.Modality, ["CT"]),
    element(Tag.ScheduledProcedureStepStartDate, ["20261127-"]),
  ]);
  const identifier = new DataSet([
    element(Tag.PatientName, ["D*"]),
    element(Tag.ScheduledProcedureStepSequence, [step]),
  ]);
  const command = encodeCommandSet({
    affectedSOPClassUID: worklist,
    commandField: CommandField.CFindRq,
    messageID: 1,
    priority: 0,
    commandDataSetType: 1,
  });
  return encodeMessage(1, command, encodeDataSet(identifier, syntax), 0);
}

function damaged(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  for (let damage = random.below(4); damage > 0; damage--) {
    const at = random.below(copy.length);
    if (random.oneIn(2)) copy[at] = random.pick([0x00, 0xFF, 0x01, 0x04, 0x7F, 0x80]);
    else copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  }
  return random.oneIn(4) ? copy.slice(0, random.below(copy.length)) : copy;
}

Deno.test(`damaged requests end their own association only, SEED=${seed}`, async () => {
  const random = new SeededRandom(seed);
  const store = new MemoryStore("ct");
  for (let n = 0; n < 30; n++) store.commit(`${n}`, plannedSteps({ id: `${n}` }));
  await using server = serveStore(store, {}, {
    maxMessageLength: 1 << 18,
    timeouts: { associateMs: 300, idleMs: 300, writeMs: 1000 },
  });
  const messages = [request, findRequest()];
  for (let round = 0; round < fuzzRounds(400);) {
    await Promise.all(Array.from({ length: 20 }, async () => {
      round++;
      const connection = await Deno.connect({ hostname: server.host, port: server.port });
      const reading = (async (): Promise<void> => {
        try {
          const buffer = new Uint8Array(1 << 16);
          while (await connection.read(buffer) !== null);
        } catch {
          // Reset: it ended.
        }
      })();
      try {
        await connection.write(random.oneIn(3) ? damaged(random, request) : request);
        for (let more = 1 + random.below(3); more > 0; more--) {
          await connection.write(damaged(random, random.pick([messages[1] ?? request, request])));
        }
      } catch {
        // The acceptor has ended it already.
      }
      await reading;
      connection.close();
    }));
    let count = 0;
    const station = { host: server.host, port: server.port, aeTitle: "RAD" };
    for await (const _ of find(station, { model: "worklist" })) count++;
    assertEquals(count, 30);
  }
  assert(server.answers.every(({ outcome }) => outcome !== "failed"), "an answer failed");
});
