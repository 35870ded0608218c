// Touches the world: random bytes for the secret of the state folder.
/**
 * The secret of a state folder. Identities are hashed with it before they are shown.
 *
 * The file has 64 hex digits, a blank and the CRC-32 of the digits. Earlier versions wrote no checksum.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { formatChecksum } from "../../base/sealed_json.ts";
import type { Disk } from "./disk.ts";
import { StoreError } from "./store_error.ts";
import { readWholeText, replaceFile } from "./whole_file.ts";

const fileName = "subject.key";
const secretLength = 32;

/** The secret of a state folder. */
export interface SubjectKey {
  /** 64 hex digits. */
  readonly secret: string;
  /** True if the folder had no secret until now. */
  readonly isNew: boolean;
}

/**
 * Reads the secret of a state folder, and makes one at the first time.
 *
 * @param disk The file system.
 * @param stateFolder The state folder.
 * @returns The secret.
 * @throws {StoreError} If the file is damaged.
 */
export async function readSubjectKey(disk: Disk, stateFolder: string): Promise<SubjectKey> {
  const path = `${stateFolder}/${fileName}`;
  const known = await readWholeText(disk, path);
  if (known !== undefined) {
    const { secret, isSealed } = checked(known, path);
    // A full or read-only disk does not prevent the start.
    if (!isSealed) await write(disk, stateFolder, secret).catch(() => {});
    return { secret, isNew: false };
  }
  const secret = crypto.getRandomValues(new Uint8Array(secretLength)).toHex();
  await write(disk, stateFolder, secret);
  return { secret, isNew: true };
}

async function write(disk: Disk, stateFolder: string, secret: string): Promise<void> {
  const text = `${secret} ${formatChecksum(crc32(secret))}\n`;
  await replaceFile(disk, stateFolder, fileName, [new TextEncoder().encode(text)]);
}

function checked(text: string, path: string): { secret: string; isSealed: boolean } {
  const [, secret, checksum] = /^([0-9a-f]{64})(?: ([0-9a-f]{8}))?\n$/.exec(text) ?? [];
  const isSealed = checksum !== undefined;
  if (secret !== undefined && (!isSealed || checksum === formatChecksum(crc32(secret)))) {
    return { secret, isSealed };
  }
  throw new StoreError(`Cannot read ${path}: it is damaged`, {
    path,
    hint:
      "restore it from a backup, or remove it: then the subject of every item becomes another one",
  });
}
