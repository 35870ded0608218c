/**
 * Asks and hangs about at a control socket in a folder, and prints what came of it as JSON: in a process of its
 * own, as the permission for a Unix socket is for its path.
 *
 * @module
 */
import { askDaemon, serveControl } from "../../src/daemon/control.ts";

const [folder = "."] = Deno.args;
const path = `${folder}/control.sock`;
const stuck = Promise.withResolvers<string>();

const words = (error: unknown): string => error instanceof Error ? error.message : String(error);
/** What the daemon sends to one who does not ask; null: it hangs up. */
const heard = (connection: Deno.Conn): Promise<number | null> =>
  connection.read(new Uint8Array(1)).catch(() => null);

const before = await askDaemon(folder, { do: "status" });
const server = await serveControl(folder, (request) => {
  switch (request.do) {
    case "status":
      return Promise.resolve("Ä".repeat(100_000));
    case "reload":
      return stuck.promise;
    default:
      return Promise.reject(new Error("There is no query"));
  }
});
const answer = await askDaemon(folder, { do: "status" });
const refused = await askDaemon(folder, { do: "approve", query: "ct" }).catch(words);
const late = await askDaemon(folder, { do: "reload" }, 50).catch(words);
const silent = await Deno.connect({ transport: "unix", path });
const endless = await Deno.connect({ transport: "unix", path });
await endless.write(new TextEncoder().encode("x".repeat(70_000))).catch(() => {});
const hangingUp = Promise.all([heard(silent), heard(endless)]);
const working = await Deno.connect({ transport: "unix", path });
await working.write(new TextEncoder().encode('{"do":"reload"}\n'));
const sign = new Uint8Array(10);
const signs = new TextDecoder().decode(sign.subarray(0, await working.read(sign) ?? 0));
const odd = await Deno.connect({ transport: "unix", path });
await odd.write(new TextEncoder().encode('{"do":"reload","and":"remove all"}\n'));
const oddAnswer = new Uint8Array(1_000);
const misunderstood = new TextDecoder().decode(
  oddAnswer.subarray(0, await odd.read(oddAnswer) ?? 0),
);
const slow = askDaemon(folder, { do: "reload" });
// Its sign of life comes no later.
await working.read(sign);
await working.read(sign);
stuck.resolve("done");
const done = await slow;
const hungUp = await hangingUp;
await server.close();
const after = await askDaemon(folder, { do: "status" });

const result = JSON.stringify({
  before: before ?? null,
  whole: answer?.result === "Ä".repeat(100_000),
  refused,
  late,
  signs,
  misunderstood: JSON.parse(misunderstood),
  slow: done?.result ?? null,
  hungUp,
  after: after ?? null,
});
await Deno.stdout.write(new TextEncoder().encode(result));
