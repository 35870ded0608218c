/**
 * Archives whose bytes depend only on what is put in: tar (POSIX ustar with pax records) and ar (as dpkg reads it).
 *
 * @module
 */

/** A file, folder or link of an archive. */
export interface Entry {
  /** Relative, with `/` between its parts and none at its ends. */
  readonly path: string;
  readonly mode: number;
  /** What is in the file; undefined: it is a folder, or a link. */
  readonly bytes?: Uint8Array<ArrayBuffer> | undefined;
  /** Where the link points. */
  readonly target?: string | undefined;
}

const encoder = new TextEncoder();

/**
 * Makes a file of an archive.
 *
 * @param path Its path.
 * @param content Text or bytes.
 * @param mode Its mode. @default {0o644}
 */
export function file(path: string, content: string | Uint8Array<ArrayBuffer>, mode = 0o644): Entry {
  return { path, mode, bytes: typeof content === "string" ? encoder.encode(content) : content };
}

/**
 * Makes a symbolic link of an archive.
 *
 * @param path Its path.
 * @param target Where it points.
 */
export function link(path: string, target: string): Entry {
  return { path, mode: 0o777, target };
}

/**
 * Writes a tar archive: entries in the order of their paths, owned by root, all of one time.
 *
 * @param entries Files and links; the folders above them are added.
 * @param time Seconds since 1970.
 * @param prefix Stands before each path, as `./`.
 * @returns The archive.
 */
export function tar(
  entries: readonly Entry[],
  time: number,
  prefix = "",
): Uint8Array<ArrayBuffer> {
  const blocks: Uint8Array[] = [];
  for (const entry of withFolders(entries)) {
    const isFolder = entry.bytes === undefined && entry.target === undefined;
    const name = `${prefix}${entry.path}${isFolder && entry.path !== "" ? "/" : ""}`;
    if (encoder.encode(name).length > 100) blocks.push(...paxBlocks(name, time));
    blocks.push(header({ ...entry, path: name }, time, isFolder ? "5" : entry.target ? "2" : "0"));
    if (entry.bytes !== undefined) blocks.push(...padded(entry.bytes, 512));
  }
  blocks.push(new Uint8Array(1024));
  return joined(blocks);
}

/**
 * Writes an ar archive.
 *
 * @param files Names of at most 15 characters, in the order to keep.
 * @param time Seconds since 1970.
 * @returns The archive.
 */
export function ar(
  files: readonly (readonly [name: string, bytes: Uint8Array])[],
  time: number,
): Uint8Array<ArrayBuffer> {
  const blocks = [encoder.encode("!<arch>\n")];
  for (const [name, bytes] of files) {
    const fields = [
      name.padEnd(16),
      String(time).padEnd(12),
      "0".padEnd(6),
      "0".padEnd(6),
      "100644".padEnd(8),
      String(bytes.length).padEnd(10),
    ];
    blocks.push(encoder.encode(`${fields.join("")}\`\n`), bytes.slice());
    if (bytes.length % 2 === 1) blocks.push(encoder.encode("\n"));
  }
  return joined(blocks);
}

/**
 * Compresses with gzip; the same bytes give the same bytes.
 *
 * @param bytes What to compress.
 */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Reads the files of a tar archive.
 *
 * @param bytes The archive.
 * @returns Their contents by path.
 */
export function untar(bytes: Uint8Array<ArrayBuffer>): Map<string, Uint8Array<ArrayBuffer>> {
  const decoder = new TextDecoder();
  const text = (at: number, length: number): string =>
    decoder.decode(bytes.subarray(at, at + length)).replace(/\0.*$/s, "");
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0;) {
    const size = parseInt(text(at + 124, 12).trim() || "0", 8);
    const prefix = text(at + 345, 155);
    const path = `${prefix === "" ? "" : `${prefix}/`}${text(at, 100)}`;
    if (["0", ""].includes(text(at + 156, 1))) {
      files.set(path, bytes.slice(at + 512, at + 512 + size));
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/** Adds the folders that files are in, and sorts. */
function withFolders(entries: readonly Entry[]): Entry[] {
  const all = new Map<string, Entry>();
  for (const entry of entries) {
    const parts = entry.path.split("/");
    for (let length = 1; length < parts.length; length++) {
      const path = parts.slice(0, length).join("/");
      if (!all.has(path)) all.set(path, { path, mode: 0o755 });
    }
    all.set(entry.path, entry);
  }
  return [...all.values()].sort((a, b) => a.path < b.path ? -1 : 1);
}

function header(entry: Entry, time: number, type: string): Uint8Array {
  const block = new Uint8Array(512);
  const put = (at: number, length: number, text: string): void =>
    block.set(encoder.encode(text).subarray(0, length), at);
  const octal = (value: number, length: number): string =>
    `${value.toString(8).padStart(length - 1, "0")}\0`;
  put(0, 100, entry.path);
  put(100, 8, octal(entry.mode, 8));
  put(108, 8, octal(0, 8));
  put(116, 8, octal(0, 8));
  put(124, 12, octal(entry.bytes?.length ?? 0, 12));
  put(136, 12, octal(time, 12));
  put(148, 8, "        ");
  put(156, 1, type);
  put(157, 100, entry.target ?? "");
  put(257, 8, "ustar\x0000");
  put(265, 32, "root");
  put(297, 32, "root");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, 8, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

/** A pax record that holds a path of more than 100 bytes. */
function paxBlocks(path: string, time: number): Uint8Array[] {
  const rest = ` path=${path}\n`;
  const bare = encoder.encode(rest).length;
  let length = bare + 1;
  while (length !== bare + String(length).length) length = bare + String(length).length;
  const bytes = encoder.encode(`${length}${rest}`);
  return [header({ path: "pax", mode: 0o644, bytes }, time, "x"), ...padded(bytes, 512)];
}

function padded(bytes: Uint8Array, size: number): Uint8Array[] {
  const missing = (size - bytes.length % size) % size;
  return missing === 0 ? [bytes] : [bytes, new Uint8Array(missing)];
}

function joined(blocks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(blocks.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}
