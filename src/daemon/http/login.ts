/**
 * Authentication: bearer tokens and users with passwords, compared in constant time.
 *
 * A browser logs in by Basic authentication (RFC 7617). Where only a token is configured, it is the password of
 * any user name, so that a browser can use it too.
 *
 * @module
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { HttpLogins } from "../config/http.ts";
import { FailureLimit } from "./failure_limit.ts";
import { verifySha512Crypt } from "./sha512_crypt.ts";

/** The result of a login. */
export type LoginResult =
  | { readonly ok: true; readonly user: string }
  /** `missing`: nobody logged in. `wrong`: token or password is not right. */
  | { readonly ok: false; readonly why: "missing" | "wrong" }
  | { readonly ok: false; readonly why: "limited"; readonly waitMs: number };

/** Passwords that are remembered as right, so that their costly hash is computed once. */
const mostRemembered = 100;
/** A hash for names that nobody has: an immediate answer would show which names exist. */
const nobody = "$6$nobody$" + ".".repeat(86);
/** The address under which failures of all addresses count together. */
const everyone = "everyone";
/** Of all failures of passwords this number counts as one: each costs as much as 25 ms of a core. */
const everyoneShare = 10;

/** Checks logins. */
export class Logins {
  readonly #logins: HttpLogins;
  readonly #limit: FailureLimit;
  readonly #all: FailureLimit;
  readonly #key: Uint8Array;
  /** Keyed hashes of the `Authorization` headers that were right, and the user of each. */
  readonly #right = new Map<string, string>();
  #failures = 0;

  /**
   * @param logins The users who may log in.
   * @param nowMs The monotonic clock in milliseconds.
   * @param key 32 random bytes, with which secrets are hashed before they are compared.
   */
  constructor(logins: HttpLogins, nowMs: () => number, key: Uint8Array) {
    this.#logins = logins;
    this.#key = key;
    this.#limit = new FailureLimit(nowMs);
    this.#all = new FailureLimit(nowMs);
  }

  /**
   * Checks who is asking.
   *
   * @param header The `Authorization` header.
   * @param address The network address that it came from.
   * @returns The user's name, `token` for the token; otherwise why not.
   */
  check(header: string | undefined, address: string): LoginResult {
    if (header === undefined || header === "") return { ok: false, why: "missing" };
    const waitMs = this.#limit.waitMs(address);
    if (waitMs > 0) return { ok: false, why: "limited", waitMs };
    const user = this.#userOf(header);
    if (typeof user === "object") return { ok: false, why: "limited", waitMs: user.waitMs };
    if (user !== undefined) return { ok: true, user };
    this.#limit.failed(address);
    return { ok: false, why: "wrong" };
  }

  #userOf(header: string): string | undefined | { readonly waitMs: number } {
    const [scheme = "", credentials = ""] = header.split(/ +/, 2);
    switch (scheme.toLowerCase()) {
      case "bearer":
        return this.#isToken(credentials) ? "token" : undefined;
      case "basic": {
        const [name, password] = decodeBasic(credentials);
        if (this.#isToken(password)) return name === "" ? "token" : name;
        return this.#logins.users.size === 0 ? undefined : this.#checkUser(header, name, password);
      }
      default:
        return undefined;
    }
  }

  #checkUser(
    header: string,
    name: string,
    password: string,
  ): string | undefined | { readonly waitMs: number } {
    const key = this.#digest(header).toHex();
    if (this.#right.has(key)) return name;
    const waitMs = this.#all.waitMs(everyone);
    if (waitMs > 0) return { waitMs };
    const isRight = verifySha512Crypt(password, this.#logins.users.get(name) ?? nobody);
    if (!isRight) {
      if (++this.#failures % everyoneShare === 0) this.#all.failed(everyone);
      return undefined;
    }
    this.#right.set(key, name);
    for (const oldest of this.#right.keys()) {
      if (this.#right.size <= mostRemembered) break;
      this.#right.delete(oldest);
    }
    return name;
  }

  #isToken(given: string): boolean {
    const digest = this.#digest(given);
    // Each is compared, also after one was right: the time reveals nothing.
    return this.#logins.tokens.filter((token) => timingSafeEqual(this.#digest(token), digest))
      .length > 0;
  }

  #digest(text: string): Uint8Array {
    return createHmac("sha256", this.#key).update(text).digest();
  }
}

/** Reads the credentials of Basic authentication; text that is none has an empty name and password. */
function decodeBasic(credentials: string): [name: string, password: string] {
  try {
    const bytes = Uint8Array.fromBase64(credentials);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const colon = text.indexOf(":");
    return colon < 0 ? ["", ""] : [text.slice(0, colon), text.slice(colon + 1)];
  } catch {
    return ["", ""];
  }
}
