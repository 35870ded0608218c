/**
 * Values that programs give, made into what the VR of an element holds.
 *
 * @module
 */
import { formatTag, parseTag } from "./tag.ts";
import type { PlainValue } from "./origin.ts";
import { type Vr, vrRule } from "./vr.ts";

/** Least and greatest value of the integer VRs (PS3.5 Table 6.2-1). */
const ranges: { readonly [vr: string]: readonly [bigint, bigint] } = {
  US: [0n, 0xFFFFn],
  SS: [-0x8000n, 0x7FFFn],
  UL: [0n, 0xFFFF_FFFFn],
  SL: [-0x8000_0000n, 0x7FFF_FFFFn],
  UV: [0n, 0xFFFF_FFFF_FFFF_FFFFn],
  SV: [-0x8000_0000_0000_0000n, 0x7FFF_FFFF_FFFF_FFFFn],
};

/**
 * Converts what a program gives to the value of an element that is not a sequence.
 *
 * @param tag The element's tag, for errors.
 * @param vr Its VR.
 * @param given The values.
 * @returns The value as {@linkcode decodeValue} would return it.
 * @throws {RangeError} If a value cannot be one of the VR; names the tag, never the value.
 */
export function toValue(
  tag: number,
  vr: Vr,
  given: Uint8Array | readonly unknown[],
): PlainValue {
  const rule = vrRule(vr);
  if (given instanceof Uint8Array) {
    if (rule.kind === "bytes") return given;
    throw new RangeError(`Cannot make ${formatTag(tag)} of bytes as its VR is ${vr}`);
  }
  if (given.length === 0 && rule.kind !== "bytes") return [];
  switch (rule.kind) {
    case "text":
      return given.map((value) => toText(tag, vr, value, rule.multiple));
    case "tag":
      return given.map((value) => toTag(tag, value));
    case "number":
      return given.map((value) => toNumber(tag, vr, value));
    case "bigint":
      return given.map((value) => toInteger(tag, vr, value));
    default:
      if (given.length === 0) return new Uint8Array(0);
      throw new RangeError(`Cannot make ${formatTag(tag)} as a ${vr} takes bytes`);
  }
}

function toText(tag: number, vr: Vr, value: unknown, multiple: boolean): string {
  if (!isScalar(value)) throw new RangeError(`Cannot make ${formatTag(tag)} as a ${vr} takes text`);
  const text = vr === "DS" && typeof value === "number" ? decimalString(value) : String(value);
  if (multiple && text.includes("\\")) {
    const advice = "a backslash separates values: give them one by one";
    throw new RangeError(`Cannot make ${formatTag(tag)} as ${advice}`);
  }
  return text;
}

/** The shortest text of at most 16 characters, as DS demands, that is nearest to a number. */
function decimalString(value: number): string {
  let text = String(value);
  for (let digits = 16; text.length > 16 && digits > 0; digits--) text = value.toPrecision(digits);
  return text;
}

function toTag(tag: number, value: unknown): number {
  const parsed = typeof value === "string" ? parseTag(value) : value;
  if (typeof parsed === "number" && Number.isInteger(parsed) && parsed >= 0 && parsed < 2 ** 32) {
    return parsed;
  }
  throw new RangeError(`Cannot make ${formatTag(tag)} as an AT takes tags`);
}

function toNumber(tag: number, vr: Vr, value: unknown): number {
  if (vr in ranges) return Number(toInteger(tag, vr, value));
  const isText = typeof value === "string" && value.trim() !== "";
  const number = isText || typeof value === "number" ? Number(value) : Number.NaN;
  if (Number.isNaN(number) && !Number.isNaN(value)) {
    throw new RangeError(`Cannot make ${formatTag(tag)} as a ${vr} takes numbers`);
  }
  return number;
}

function toInteger(tag: number, vr: Vr, value: unknown): bigint {
  const [least, greatest] = ranges[vr] ?? [0n, 0n];
  const integer = wholeNumber(value);
  if (integer === undefined || integer < least || integer > greatest) {
    const range = `integers from ${least} to ${greatest}`;
    throw new RangeError(`Cannot make ${formatTag(tag)} as a ${vr} takes ${range}`);
  }
  return integer;
}

function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== "string") return undefined;
  const digits = /^\s*([+-]?)([0-9]+)\s*$/.exec(value);
  if (digits === null) return undefined;
  return digits[1] === "-" ? -BigInt(digits[2] ?? 0) : BigInt(digits[2] ?? 0);
}

function isScalar(value: unknown): value is string | number | bigint {
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint";
}
