import { assertEquals, assertRejects } from "@std/assert";
import { localDisk } from "../../../../src/worklist/journal/disk.ts";

Deno.test("a file of the state is never written through a link that somebody planted", async () => {
  const folder = await Deno.makeTempDir();
  const target = `${folder}/elsewhere`;
  const refused = async (name: string): Promise<void> => {
    await Deno.symlink(target, `${folder}/${name}`);
    await assertRejects(() => localDisk.openToAppend(`${folder}/${name}`), Error, "symbolic link");
  };
  await refused("dangling");
  await assertRejects(() => Deno.lstat(target), Deno.errors.NotFound);
  await Deno.writeTextFile(target, "untouched");
  await refused("journal.ndjson");
  await refused("snapshot.json.tmp");
  assertEquals(await Deno.readTextFile(target), "untouched");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a file of the state is appended to, cut and locked", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/journal.ndjson`;
  for (const text of ["one", "two"]) {
    const file = await localDisk.openToAppend(path);
    await file.write(new TextEncoder().encode(text));
    await assertRejects(() => localDisk.openToAppend(path), Error, "another process writes");
    file.close();
  }
  const file = await localDisk.openToAppend(path);
  await file.truncate(4);
  file.close();
  assertEquals(await Deno.readTextFile(path), "onet");
  assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  await Deno.remove(folder, { recursive: true });
});
