/**
 * The `http` section of the configuration: where the HTTP interface listens and who may use it.
 *
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import * as z from "zod";
import { isSha512Crypt } from "../http/sha512_crypt.ts";
import type { FileParts } from "./files.ts";
import { Hidden } from "./hidden.ts";
import { type Part, plainText, text, whole } from "./scalars.ts";
import { isLoopback } from "../../serve/address_range.ts";

/** An address to listen on. */
export interface ListenAddress {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The users who may log in. */
export interface HttpLogins {
  /** Tokens, any of which is accepted. */
  readonly tokens: readonly string[];
  /** By user name, the password's hash as `openssl passwd -6` prints it. */
  readonly users: ReadonlyMap<string, string>;
}

/** The HTTP interface as the file has it. */
export interface HttpSection {
  readonly listen: ListenAddress;
  /** PEM; hidden, since it has our private key in it. */
  readonly tls: Hidden<{ readonly cert: string; readonly key: string }> | undefined;
  /** Undefined: whoever reaches the address may use it. */
  readonly logins: Hidden<HttpLogins> | undefined;
  /** Names by which browsers may call it, beside addresses, `localhost` and those of the certificate. */
  readonly hosts: readonly string[];
  readonly maxConnections: number;
  readonly maxStreams: number;
}

/** A token that is shorter could be guessed. */
const shortestToken = 16;
/** Characters of a bearer token (RFC 6750 section 2.1); it goes into a header as it is. */
const tokenPattern = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * Makes the schema of the section.
 *
 * @param files The parts that stand for files.
 * @returns The schema.
 */
export function httpSchema(files: FileParts): Part<HttpSection> {
  const token = files.contentsAs(checkToken);
  return z.strictObject({
    listen: text(parseListenAddress, ["127.0.0.1:9180", "[::1]:9180"])
      .describe("Address and port"),
    tls: z.strictObject({
      cert: files.pem.describe("PEM file: the certificate, followed by its chain"),
      key: files.pem.describe("PEM file: its private key"),
    }).superRefine(checkPair).optional().describe("Speak HTTPS"),
    token_file: token.optional().describe("File with a token of 16 characters or more"),
    users_file: files.contentsAs(parseUsers).optional()
      .describe(
        "File with a line NAME:HASH for each user; HASH is what `openssl passwd -6` prints",
      ),
    hosts: z.array(plainText).default([])
      .describe("Names by which browsers may call it, as behind a reverse proxy"),
    max_connections: whole(1, 10_000).default(200).describe("Connections open at once"),
    max_streams: whole(1, 1_000).default(50).describe("Readers of live events at once"),
  }).superRefine((section, context) => {
    if (isLoopback(section.listen.host)) return;
    if (section.tls === undefined) {
      const message = "is required: without it, others on the network read patient data in passing";
      context.addIssue({ code: "custom", path: ["tls"], message });
    }
    if (section.token_file === undefined && section.users_file === undefined) {
      const message = "is required, or users_file: without them, anybody on the network may read " +
        "and approve";
      context.addIssue({ code: "custom", path: ["token_file"], message });
    }
  }).transform(({ listen, tls, token_file: token, users_file: users, hosts, ...limits }) => ({
    listen,
    tls: tls && new Hidden(tls),
    logins: token === undefined && users === undefined ? undefined : new Hidden<HttpLogins>({
      tokens: token === undefined ? [] : [token],
      users: users ?? new Map(),
    }),
    hosts: hosts.map((host) => host.toLowerCase()),
    maxConnections: limits.max_connections,
    maxStreams: limits.max_streams,
  }));
}

/** Reads `HOST:PORT` or `[IPv6]:PORT`. */
function parseListenAddress(value: string): ListenAddress {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9][A-Za-z0-9.-]*)):(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port < 1 || port > 65_535) {
    throw new SyntaxError("must be ADDRESS:PORT, such as 127.0.0.1:9180 or [::1]:9180");
  }
  return { host: host.toLowerCase(), port };
}

function checkToken(contents: string): string {
  if (contents.length < shortestToken) {
    throw new SyntaxError(`the token is shorter than ${shortestToken} characters`);
  }
  if (!tokenPattern.test(contents)) {
    throw new SyntaxError("the token may have only letters, digits and - . _ ~ + / in it");
  }
  return contents;
}

/** Reads a file of users; empty lines and lines that begin with `#` are ignored. */
function parseUsers(contents: string): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const [index, line] of contents.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim();
    const hash = line.slice(colon + 1).trim();
    if (name === "" || /\p{Cc}/u.test(name) || !isSha512Crypt(hash)) {
      throw new SyntaxError(
        `line ${index + 1} is not NAME:HASH with a hash that \`openssl passwd -6\` prints`,
      );
    }
    if (users.has(name)) throw new SyntaxError(`line ${index + 1} names a user a second time`);
    users.set(name, hash);
  }
  if (users.size === 0) throw new SyntaxError("the file names no user");
  return users;
}

function checkPair(
  { cert, key }: { readonly cert: string; readonly key: string },
  context: z.RefinementCtx,
): void {
  try {
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return;
    context.addIssue({ code: "custom", path: ["key"], message: "is not the key of cert" });
  } catch {
    const message = "cert or key cannot be read: both must be PEM and not encrypted";
    context.addIssue({ code: "custom", path: ["key"], message });
  }
}
