import { assertEquals, assertMatch } from "@std/assert";
import { decodeDataSet } from "../../../src/dicom/decode.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";
import { serveOddWorklist } from "../../support/odd_worklist.ts";
import { answering, QuirkBench, stepBytes, stepDataSet } from "../../support/quirk_bench.ts";
import { startDaemon, worklistd } from "../../support/running_daemon.ts";
import { type Script, ScriptedAcceptor } from "../../support/scripted_acceptor.ts";

/** Returns steps to those who ask for no sequence but that of the step; counts the questions. */
function demanding(steps: readonly string[], asked: string[]): Script {
  return async (peer) => {
    await peer.accept();
    const request = await peer.recvMessage();
    const identifier = decodeDataSet(
      request.dataSet ?? new Uint8Array(),
      TransferSyntax.ExplicitVrLittleEndian,
    );
    const isFlat = [...identifier.elements()].every(({ tag, vr }) =>
      vr !== "SQ" || tag === Tag.ScheduledProcedureStepSequence
    );
    asked.push(isFlat ? "flat" : "nested");
    const found = isFlat ? steps : [];
    for (const id of found) await peer.respond(request, 0xFF00, stepBytes({ id }));
    await peer.respond(request, 0x0000);
    await peer.acceptRelease();
  };
}

const words = "the peer returns 0 matches for the default return keys, and 2 for keys without " +
  "nested sequences: set `return: flat` in query ct";

Deno.test("quirk 34: a list that was never filled is asked for once with flat keys, and the result is reported", async () => {
  await using bench = new QuirkBench();
  const asked: string[] = [];
  const script = demanding(["S1", "S2"], asked);
  const { notes, complete, matches } = await bench.report(script);
  assertEquals([complete, matches, notes.map((one) => one.words)], [true, 0, [words]]);
  const again = await bench.report(script);
  assertEquals(again.notes.map((one) => one.words), [words]);
  assertEquals(asked, ["nested", "flat", "nested"]);
});

Deno.test("quirk 34: with return: flat the steps come, and nothing more is asked", async () => {
  await using bench = new QuirkBench({ query: "return: flat" });
  const asked: string[] = [];
  assertEquals(await bench.poll(demanding(["S1", "S2"], asked)), ["added S1", "added S2"]);
  await bench.report(demanding([], asked));
  assertEquals(asked, ["flat", "flat"]);
});

Deno.test("quirk 34: a list that is empty for flat keys too says nothing", async () => {
  await using bench = new QuirkBench();
  const asked: string[] = [];
  assertEquals((await bench.report(demanding([], asked))).notes, []);
  assertEquals(await bench.poll(demanding([], asked)), []);
  assertEquals(asked, ["nested", "flat", "nested"]);
});

async function withConfig(
  port: number,
  query: string,
  test: (run: (...words: string[]) => ReturnType<typeof worklistd>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "worklistd-keys-" });
  try {
    const file = `${folder}/w.yaml`;
    await Deno.writeTextFile(
      file,
      `peers:
  ris: { host: 127.0.0.1, port: ${port}, ae_title: RIS }
queries:
  ct:
    peer: ris
    schedule: every 1h
    ${query}
`,
    );
    await test((command = "", ...words) => worklistd([command, "--config", file, ...words]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("quirk 34: check --connect and poll report the result of flat keys", async () => {
  await using odd = serveOddWorklist({ demandsSequences: true });
  odd.items.set("1", stepDataSet({ id: "S1" }));
  odd.items.set("2", stepDataSet({ id: "S2" }));
  await withConfig(odd.port, "keys: { PatientID: }", async (run) => {
    const check = await run("check", "--connect");
    assertEquals(check.code, 0);
    assertEquals(check.stdout.includes(`query ct: ${words}\n`), true, check.stdout);
    assertEquals((await run("poll", "ct")).stderr.includes(`note: ${words}`), true);
  });
  await withConfig(odd.port, "return: flat", async (run) => {
    assertEquals((await run("check", "--connect")).stdout.includes("query ct"), false);
    assertMatch((await run("poll", "ct")).stderr, /2 added/);
    const filled = odd.requests();
    assertEquals((await run("check", "--connect")).code, 0);
    assertEquals(odd.requests(), filled);
  });
});

Deno.test("check warns of a worklist key outside its sequence, with the path that was meant", async () => {
  await withConfig(104, "keys: { Modality: CT, PatientID: P1 }", async (run) => {
    const { code, stdout } = await run("check");
    assertEquals(code, 0);
    assertMatch(stdout, /: no problems, 1 warning\n/);
    assertMatch(
      stdout,
      /w\.yaml:7:13: warning: queries\.ct\.keys\.Modality: the worklist model does not have it here, so the peer and recheck ignore it; did you mean ScheduledProcedureStepSequence\.Modality\?\n/,
    );
  });
  const right = "keys: { ScheduledProcedureStepSequence: { Modality: CT }, Modality: }";
  await withConfig(104, right, async (run) => {
    assertMatch((await run("check")).stdout, /: no problems\n/);
  });
});

Deno.test("a running daemon logs an oddity of an answer once, and status shows it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "worklistd-notes-" });
  try {
    const match = stepBytes({ id: "S1", date: "202611" });
    await using ris = new ScriptedAcceptor((peer) =>
      answering([match], { pending: 0xFF01 })(peer).catch(() => {})
    );
    await using daemon = await startDaemon(
      folder,
      `log: { level: debug, format: json }
peers:
  ris: { host: 127.0.0.1, port: ${ris.port}, ae_title: RIS }
queries:
  ct:
    peer: ris
    schedule: every 1s
    keys: { ScheduledProcedureStepSequence: { ScheduledProcedureStepStartDate: today } }
    sinks: [changes]
sinks:
  changes: { type: ndjson, path: changes.ndjson }
`,
    );
    await daemon.polls(3);
    const unsupported = "the peer does not support some of the optional keys (status 0xFF01)";
    const unread =
      "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate cannot be read: " +
      "1 item is kept without knowing whether the keys match";
    for (const words of [unsupported, unread]) {
      const lines = daemon.log().split("\n").filter((line) => line.includes(words));
      assertEquals(lines.length, 1, daemon.log());
    }
    const config = ["--config", daemon.configPath];
    const { stdout } = await worklistd(["status", ...config]);
    // The table is 80 columns wide: notes are wrapped.
    const text = stdout.replaceAll(/\s+/g, " ");
    assertEquals(text.includes(`note: ${unsupported} note: ${unread}`), true, stdout);
    const json = await worklistd(["status", ...config, "--format", "json"]);
    assertEquals(JSON.parse(json.stdout).queries[0].lastPoll.notes, [unsupported, unread]);
    assertEquals(daemon.log().includes('202611"'), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
