/**
 * Password hashes as `openssl passwd -6`, `mkpasswd` and `/etc/shadow` have them: SHA-crypt with SHA-512.
 *
 * "Unix crypt using SHA-256 and SHA-512", U. Drepper, version 0.4. Such a hash costs thousands of rounds, so
 * that a stolen file of users is no list of passwords.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";

/** `$6$`, rounds if they are not 5000, salt, hash. */
const form = /^\$6\$(?:rounds=(\d{4,6})\$)?([^$:]{1,16})\$([./0-9A-Za-z]{86})$/;
const defaultRounds = 5000;
const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Longer passwords are refused: their cost grows with their length. */
const longestPassword = 256;

/**
 * True if a text is a hash that {@linkcode verifySha512Crypt} can check.
 *
 * @param hash The text.
 */
export function isSha512Crypt(hash: string): boolean {
  return form.test(hash);
}

/**
 * Checks a password against its hash in constant time.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { verifySha512Crypt } from "./sha512_crypt.ts";
 *
 * const hash = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJu" +
 *   "esI68u4OTLiBFdcbYEdFCoEOfaS35inz1";
 * assertEquals(verifySha512Crypt("Hello world!", hash), true);
 * assertEquals(verifySha512Crypt("hello world!", hash), false);
 * ```
 *
 * @param password The password.
 * @param hash Its hash.
 * @returns False also if the hash has another form.
 */
export function verifySha512Crypt(password: string, hash: string): boolean {
  const match = form.exec(hash);
  const bytes = Buffer.from(password);
  if (match === null || bytes.length > longestPassword) return false;
  const [, roundsText, salt = "", digest = ""] = match;
  const rounds = roundsText === undefined ? defaultRounds : Math.max(1000, Number(roundsText));
  return timingSafeEqual(
    Buffer.from(encode(digestOf(bytes, Buffer.from(salt), rounds))),
    Buffer.from(digest),
  );
}

/** Steps 1 to 21 of the specification. */
function digestOf(password: Buffer, salt: Buffer, rounds: number): Uint8Array {
  const inner = sha512(password, salt, password);
  const outer: Uint8Array[] = [password, salt, stretched(inner, password.length)];
  for (let bits = password.length; bits > 0; bits >>= 1) outer.push(bits & 1 ? inner : password);
  let digest = sha512(...outer);
  const p = stretched(
    sha512(...Array.from({ length: password.length }, () => password)),
    password.length,
  );
  const s = stretched(
    sha512(...Array.from({ length: 16 + (digest[0] ?? 0) }, () => salt)),
    salt.length,
  );
  for (let round = 0; round < rounds; round++) {
    digest = sha512(
      round % 2 ? p : digest,
      ...(round % 3 ? [s] : []),
      ...(round % 7 ? [p] : []),
      round % 2 ? digest : p,
    );
  }
  return digest;
}

function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** Repeats a digest up to a length. */
function stretched(digest: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => digest[index % digest.length] ?? 0);
}

/** Step 22: groups of three bytes, 21 apart, as four characters; the last byte as two. */
function encode(digest: Uint8Array): string {
  let text = "";
  const put = (value: number, characters: number): void => {
    for (let count = 0; count < characters; count++, value >>= 6) text += alphabet[value & 63];
  };
  for (let group = 0, at = [0, 21, 42]; group < 21; group++) {
    const [high = 0, middle = 0, low = 0] = at.map((index) => digest[index] ?? 0);
    put((high << 16) | (middle << 8) | low, 4);
    const [a = 0, b = 0, c = 0] = at;
    at = [b + 1, c + 1, a + 1];
  }
  put(digest[63] ?? 0, 2);
  return text;
}
