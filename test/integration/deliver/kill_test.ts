import { assertEquals } from "@std/assert";
import { TemporaryFolder } from "../../support/delivery_bench.ts";
import { HttpReceiver } from "../../support/http_receiver.ts";
import { within } from "../../support/within.ts";

const child = new URL("../../support/delivering_child.ts", import.meta.url).pathname;
const runs = 6;
const eventsPerRun = 60;

/** Starts the process that delivers, up to the events of a run. */
function deliver(folder: string, url: string, run: number): Deno.ChildProcess {
  const permissions = [
    "--no-prompt",
    "--no-check",
    "--allow-net=127.0.0.1",
    "--allow-read",
    "--allow-write",
  ];
  const old = String(run * eventsPerRun);
  const all = String((run + 1) * eventsPerRun);
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, child, folder, url, old, all],
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

async function idsInFiles(folder: string): Promise<string[]> {
  const numberOf = (name: string): number => Number(/\.(\d+)$/.exec(name)?.[1] ?? 0);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.startsWith("changes.ndjson")
  ).sort((a, b) => numberOf(b) - numberOf(a));
  const texts = await Promise.all(names.map((name) => Deno.readTextFile(`${folder}/${name}`)));
  return texts.flatMap((text) => text.split("\n").slice(0, -1).map((line) => JSON.parse(line).id));
}

Deno.test("killed at any moment, each event arrives in order and under one id, in the file exactly once", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  const taken: string[] = [];
  const bodies = new Map<string, Set<string>>();
  let requests = 0;
  receiver.answer = ({ ids, headers, body }) => {
    if (++requests % 7 === 0) return new Response(null, { status: 503 });
    if (!headers.get("content-type")?.includes("batch")) taken.push(...ids);
    const id = headers.get("webhook-id") ?? "";
    bodies.set(id, (bodies.get(id) ?? new Set()).add(body));
    return new Response();
  };
  for (let run = 0; run < runs; run++) {
    const process = deliver(folder.path, receiver.url, run);
    if (run === runs - 1) assertEquals((await process.status).code, 0);
    else {
      const requests = receiver.received(receiver.requests.length + 3 + run * 13);
      await within(60_000, `the requests of run ${run}`, requests);
      process.kill("SIGKILL");
      await process.status;
    }
  }
  const all = Array.from(
    { length: runs * eventsPerRun },
    (_, n) => `q.${String(n + 1).padStart(16, "0")}`,
  );
  assertEquals(await idsInFiles(folder.path), all);
  assertEquals([...new Set(taken)], all);
  assertEquals([...new Set(receiver.ids)].length, all.length);
  assertEquals([...bodies.values()].filter((different) => different.size > 1), []);
});
