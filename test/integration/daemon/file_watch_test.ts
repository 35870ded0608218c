import { assertEquals } from "@std/assert";
import { filePrints, watchFiles } from "../../../src/daemon/service/file_watch.ts";

/** Watches files in a folder of its own until the test ends. */
async function watching(
  test: (folder: string, changed: () => Promise<string[]>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  for (const name of ["cert.pem", "me.key"]) await Deno.writeTextFile(`${folder}/${name}`, "old");
  const files = [`${folder}/cert.pem`, `${folder}/me.key`];
  let resolve: (contents: string[]) => void = () => {};
  const stop = watchFiles({
    files: () => files,
    since: filePrints(files),
    onChange: async () => resolve(await Promise.all(files.map((path) => Deno.readTextFile(path)))),
    everyMs: 50,
  });
  const changed = (): Promise<string[]> => {
    const next = Promise.withResolvers<string[]>();
    resolve = next.resolve;
    const timer = setTimeout(
      () => next.reject(new Error("no change was reported in 20 s")),
      20_000,
    );
    return next.promise.finally(() => clearTimeout(timer));
  };
  try {
    await test(folder, changed);
  } finally {
    stop();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("watchFiles() reports a renewed certificate and its key together, and each renewal once", () =>
  watching(async (folder, changed) => {
    const first = changed();
    Deno.writeTextFileSync(`${folder}/cert.pem`, "new certificate");
    Deno.writeTextFileSync(`${folder}/me.key`, "new key");
    assertEquals(await first, ["new certificate", "new key"]);
    const second = changed();
    await Deno.writeTextFile(`${folder}/me.key`, "third key");
    assertEquals(await second, ["new certificate", "third key"]);
  }));

Deno.test("watchFiles() notices a link that points to another file", () =>
  watching(async (folder, changed) => {
    await Deno.writeTextFile(`${folder}/2027`, "new");
    const renewed = changed();
    await Deno.symlink(`${folder}/2027`, `${folder}/link`);
    await Deno.rename(`${folder}/link`, `${folder}/cert.pem`);
    assertEquals(await renewed, ["new", "old"]);
  }));
