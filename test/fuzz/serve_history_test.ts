import { assert } from "@std/assert";
import type { DataSet } from "../../src/dicom/data_set.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { find } from "../../src/query/find.ts";
import { serveWorklist } from "../../src/serve/worklist_scp.ts";
import { freePort } from "../support/foreign.ts";
import { type SinkEvent, startDaemon } from "../support/running_daemon.ts";
import { fuzzRounds, fuzzSeed, SeededRandom } from "../support/seeded_random.ts";
import { plannedSteps } from "../support/served_items.ts";

const seed = fuzzSeed();
const asksBetweenKills = 30;

/** What tells one state of a step from another. */
function factsOf(study: string, name: string, time: string): string {
  return `${study} ${name} ${time}`;
}

function factsOfMatch(match: DataSet): string {
  const [step] = match.items(Tag.ScheduledProcedureStepSequence);
  return factsOf(
    match.string(Tag.StudyInstanceUID) ?? "",
    match.string(Tag.PatientName) ?? "",
    step?.string(Tag.ScheduledProcedureStepStartTime) ?? "",
  );
}

type Json = Record<string, { Value?: unknown[] } | undefined>;

function factsOfEvent(after: Json): string {
  const step = (after["00400100"]?.Value?.[0] ?? {}) as Json;
  const name = after["00100010"]?.Value?.[0] as { Alphabetic?: string } | undefined;
  return factsOf(
    String(after["0020000D"]?.Value?.[0] ?? ""),
    name?.Alphabetic ?? "",
    String(step["00400003"]?.Value?.[0] ?? ""),
  );
}

/** The state after each commit, in their order, by replaying what the sink was given. */
function statesOf(events: readonly SinkEvent[]): string[] {
  const bySequence = new Map(events.map((event) => [Number(event.sequence), event]));
  const ordered = [...bySequence].sort(([one], [other]) => one - other).map(([, event]) => event)
    .filter(({ type }) => type.includes(".item."));
  const items = new Map<string, string>();
  const states = [""];
  for (const [index, event] of ordered.entries()) {
    const { after } = event.data;
    const subject = event.subject ?? "";
    if (after === undefined) items.delete(subject);
    else items.set(subject, factsOfEvent(after as Json));
    const next = ordered[index + 1];
    if (pollOf(event) !== (next && pollOf(next))) {
      states.push([...items.values()].sort().join("\n"));
    }
  }
  return states;
}

function pollOf({ data }: SinkEvent): unknown {
  return (data as unknown as { poll?: { id?: string } }).poll?.id;
}

Deno.test(`each answer is the store at one committed sequence, in order, over kills, SEED=${seed}`, async () => {
  const random = new SeededRandom(seed);
  const folder = await Deno.makeTempDir({ prefix: "worklistd-serve-history-" });
  await using ris = serveWorklist({ aeTitle: "RIS" });
  const port = freePort();
  let made = 0;
  const change = (): void => {
    for (let changes = 1 + random.below(4); changes > 0; changes--) {
      const ids = [...ris.items.keys()];
      const id = ids[random.below(Math.max(1, ids.length))];
      if (id === undefined || (random.oneIn(2) && ids.length < 25)) {
        const fresh = `${++made}`;
        ris.items.set(fresh, plannedSteps({ id: fresh }));
      } else if (random.oneIn(2) && ids.length > 5) ris.items.delete(id);
      else {
        const time = String(random.below(24)).padStart(2, "0") + "0000";
        ris.items.set(id, plannedSteps({ id, time, name: `Name^${random.below(1000)}` }));
      }
    }
  };
  for (let n = 0; n < 10; n++) change();
  const daemon = await startDaemon(
    folder,
    `log: { level: debug, format: json }
peers: { ris: { host: 127.0.0.1, port: ${ris.port}, ae_title: RIS } }
queries:
  ct:
    peer: ris
    schedule: every 100ms
    removal: { confirm_polls: 1, brake: 100%, brake_min: 1000 }
    sinks: [changes]
serve: { listen: "127.0.0.1:${port}", worklists: { RAD: { queries: [ct] } } }
sinks: { changes: { type: ndjson, path: ./changes.ndjson } }
`,
  );
  const answers: string[] = [];
  const ask = async (): Promise<void> => {
    const station = { host: "127.0.0.1", port, aeTitle: "RAD" };
    const facts: string[] = [];
    try {
      for await (const { dataSet } of find(station, { model: "worklist" })) {
        facts.push(factsOfMatch(dataSet));
      }
    } catch {
      // Killed, not listening yet, or nothing is known yet: no answer is no wrong answer.
      await new Promise((resolve) => setTimeout(resolve, 20));
      return;
    }
    answers.push(facts.sort().join("\n"));
  };
  try {
    await daemon.waitForLog("Stations are answered at");
    // A kill takes as long as ten rounds of other tests.
    for (let kill = 0; kill < fuzzRounds(30) / 10; kill++) {
      const goal = answers.length + asksBetweenKills;
      const deadline = performance.now() + 30_000;
      while (answers.length < goal && performance.now() < deadline) {
        if (random.oneIn(3)) change();
        await ask();
      }
      const killing = daemon.kill();
      await ask();
      await killing;
      daemon.start();
    }
    const goal = answers.length + asksBetweenKills;
    while (answers.length < goal) await ask();
    await daemon.polls(2);
    assert(await daemon.stop() === 0, daemon.log());
    const states = statesOf(await daemon.events());
    let at = 0;
    for (const [number, answer] of answers.entries()) {
      const found = states.indexOf(answer, at);
      assert(
        found >= 0,
        `answer ${number} is none of the states from ${at} of ${states.length} on`,
      );
      at = found;
    }
    assert(at > 5, `the answers saw ${at} of ${states.length} states`);
  } finally {
    await daemon[Symbol.asyncDispose]();
    await Deno.remove(folder, { recursive: true });
  }
});
