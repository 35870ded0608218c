// Touches the world: reads README.md and deno.json.
/**
 * README's example of a program, made runnable.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";

const root = new URL("../../", import.meta.url);

/**
 * Reads README's example.
 *
 * @param port The port of the peer, in place of README's.
 * @param library The module to import instead of the package's name.
 * @returns The program.
 */
export async function readmeExample(port: number, library: string): Promise<string> {
  const readme = await Deno.readTextFile(new URL("README.md", root));
  const about: { name: string; exports: Record<string, string> } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", root)),
  );
  assertEquals(about.exports["."], "./src/mod.ts");
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
  const example = blocks.find((code) => code.includes(`"${about.name}"`)) ?? "";
  assert(example.includes("11112"), "README has no example");
  return example.replace(`"${about.name}"`, JSON.stringify(library)).replace("11112", `${port}`);
}
