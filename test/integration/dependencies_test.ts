import { assertEquals } from "@std/assert";

const root = new URL("../../", import.meta.url);
const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
const readme = await Deno.readTextFile(new URL("README.md", root));
const table = readme.slice(readme.indexOf("## Dependencies"), readme.indexOf("## Development"));

Deno.test("README gives a reason for each dependency", () => {
  const unexplained = Object.keys(imports).filter((name) => !table.includes(`\`${name}\``));
  assertEquals(unexplained, []);
});

Deno.test("README names no dependency that is gone", () => {
  const rows = table.split("\n").filter((line) => line.startsWith("|")).slice(2);
  const named = rows.flatMap((row) => [...(row.split("|")[2] ?? "").matchAll(/`([^`]+)`/g)]);
  const gone = named.map(([, name]) => name).filter((name) =>
    !(name !== undefined && name in imports)
  );
  assertEquals(gone, []);
});
