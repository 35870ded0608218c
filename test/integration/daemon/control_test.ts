import { assertEquals, assertRejects } from "@std/assert";
import { askDaemon, serveControl } from "../../../src/daemon/control.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("askDaemon() gets the result of what it asks, or the daemon's refusal", () =>
  inFolder(async (folder) => {
    assertEquals(await askDaemon(folder, { do: "status" }), undefined);
    const server = await serveControl(folder, (request) => {
      if (request.do === "status") return Promise.resolve("Ä".repeat(100_000));
      return Promise.reject(new Error("There is no query"));
    });
    const answer = await askDaemon(folder, { do: "status" }, 10_000);
    assertEquals(answer?.result, "Ä".repeat(100_000));
    const refused = (): Promise<unknown> => askDaemon(folder, { do: "approve", query: "ct" });
    await assertRejects(refused, Error, "There is no query");
    await server.close();
    assertEquals(await askDaemon(folder, { do: "status" }), undefined);
  }));

Deno.test("askDaemon() does not wait for a daemon that is stuck", () =>
  inFolder(async (folder) => {
    const stuck = Promise.withResolvers<void>();
    const server = await serveControl(folder, () => stuck.promise);
    const asked = askDaemon(folder, { do: "status" }, 50);
    await assertRejects(() => asked, Error, "does not answer within 0.05 s: is it stuck?");
    stuck.resolve();
    await server.close();
  }));

Deno.test("serveControl() hangs up on who says nothing, and on who says too much", () =>
  inFolder(async (folder) => {
    const server = await serveControl(folder, () => Promise.resolve());
    const path = `${folder}/control.sock`;
    using silent = await Deno.connect({ transport: "unix", path });
    using endless = await Deno.connect({ transport: "unix", path });
    const more = new TextEncoder().encode("x".repeat(70_000));
    await endless.write(more).catch(() => {});
    const read = (connection: Deno.Conn): Promise<number | null> =>
      connection.read(new Uint8Array(1)).catch(() => null);
    assertEquals(await Promise.all([read(silent), read(endless)]), [null, null]);
    await server.close();
  }));
