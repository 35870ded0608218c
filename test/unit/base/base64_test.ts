import { assertEquals, assertThrows } from "@std/assert";
import { decodeBase64, encodeBase64 } from "../../../src/base/base64.ts";

const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);

/** Runs a function as on Node 24, whose `Uint8Array` has no base64. */
function asOnNode24<T>(work: () => T): T {
  const { fromBase64 } = Uint8Array;
  const { toBase64 } = Uint8Array.prototype;
  Reflect.deleteProperty(Uint8Array, "fromBase64");
  Reflect.deleteProperty(Uint8Array.prototype, "toBase64");
  try {
    return work();
  } finally {
    Object.defineProperty(Uint8Array, "fromBase64", methodOf(fromBase64));
    Object.defineProperty(Uint8Array.prototype, "toBase64", methodOf(toBase64));
  }
}

function methodOf(value: unknown): PropertyDescriptor {
  return { value, writable: true, configurable: true, enumerable: false };
}

Deno.test("base64 is the same with and without the runtime's methods", () => {
  const expected = bytes.toBase64();
  assertEquals(encodeBase64(bytes), expected);
  assertEquals(asOnNode24(() => encodeBase64(bytes)), expected);
  assertEquals(
    asOnNode24(() => decodeBase64(`${expected.slice(0, 8)}\n${expected.slice(8)}`)),
    bytes,
  );
});

Deno.test("decodeBase64() refuses what is not base64, on every runtime", () => {
  assertThrows(() => decodeBase64("A*=="), SyntaxError);
  assertThrows(() => asOnNode24(() => decodeBase64("A*==")), SyntaxError);
});
