/**
 * Traps on the globals whose first use makes Deno load a part of Node or of ICU: `deno run --preload` this file.
 *
 * Each is named on a line of stderr, `first touch of NAME`, when the program uses it for the first time.
 *
 * @module
 */

/** The globals, with the milliseconds that the first use of each takes. */
const costly: readonly (readonly [owner: object, name: string])[] = [
  [globalThis, "process"], // 27
  [globalThis, "Intl"], // 25
  [globalThis, "Buffer"], // 11
  [globalThis, "setTimeout"], // 10
  [globalThis, "setInterval"],
  [globalThis, "setImmediate"],
  [globalThis, "fetch"],
  [globalThis, "crypto"],
  [globalThis, "WebSocket"],
  [globalThis, "console"],
  [String.prototype, "localeCompare"], // 17
  [String.prototype, "normalize"],
  [String.prototype, "toLocaleLowerCase"],
  [String.prototype, "toLocaleUpperCase"],
  [Number.prototype, "toLocaleString"],
  [Date.prototype, "toLocaleString"],
];

const encoder = new TextEncoder();
for (const [owner, name] of costly) trap(owner, name);

function trap(owner: object, name: string): void {
  const original = Object.getOwnPropertyDescriptor(owner, name);
  if (original === undefined) throw new Error(`Cannot trap ${name}: Deno has none`);
  Object.defineProperty(owner, name, {
    configurable: true,
    get(): unknown {
      Object.defineProperty(owner, name, original);
      Deno.stderr.writeSync(encoder.encode(`first touch of ${name}\n`));
      return Reflect.get(owner, name, this);
    },
  });
}
