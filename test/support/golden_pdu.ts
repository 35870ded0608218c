/**
 * Reads the PDUs under `test/golden/network`, and feeds bytes to a decoder in every way they may arrive.
 *
 * @module
 */

const folder = new URL("../golden/network/", import.meta.url);

/** The bytes of `NAME.hex`, without its comments. */
export function goldenBytes(name: string): Uint8Array<ArrayBuffer> {
  const text = Deno.readTextFileSync(new URL(`${name}.hex`, folder));
  return Uint8Array.fromHex(text.replaceAll(/#.*/g, "").replaceAll(/\s/g, ""));
}

/** The value of `NAME.json`. */
export function goldenJson(name: string): unknown {
  return JSON.parse(Deno.readTextFileSync(new URL(`${name}.json`, folder)));
}

/** The names of the golden files that begin with `prefix`. */
export function goldenNames(prefix: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.startsWith(prefix) && name.endsWith(".hex"))
    .map((name) => name.replace(/\.hex$/, "")).sort();
}

/** Ways in which bytes may arrive: whole, byte by byte, split at every index, twice in one chunk. */
export function* arrivals(
  bytes: Uint8Array,
): Generator<{ readonly way: string; readonly chunks: Uint8Array[]; readonly copies: number }> {
  yield { way: "whole", chunks: [bytes], copies: 1 };
  yield {
    way: "byte by byte",
    chunks: Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
    copies: 1,
  };
  for (let at = 1; at < bytes.length; at++) {
    const chunks = [bytes.subarray(0, at), bytes.subarray(at)];
    yield { way: `split at ${at}`, chunks, copies: 1 };
  }
  const twice = new Uint8Array(2 * bytes.length);
  twice.set(bytes);
  twice.set(bytes, bytes.length);
  yield { way: "two in one chunk", chunks: [twice], copies: 2 };
}
