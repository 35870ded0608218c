// Touches the world: random bytes for the secret of the state folder.
/**
 * The secret of a state folder, by which identities are hashed before they are shown.
 *
 * @module
 */
import type { Disk } from "./disk.ts";
import { StoreError } from "./store_error.ts";

const secretLength = 32;

/**
 * Reads the secret of a state folder, and makes it at the first time.
 *
 * @param disk The file system.
 * @param stateFolder The state folder.
 * @returns 64 hex digits.
 * @throws {StoreError} If the file is not as it was written.
 */
export async function readSubjectKey(disk: Disk, stateFolder: string): Promise<string> {
  const path = `${stateFolder}/subject.key`;
  const known = await readText(disk, path);
  if (known !== undefined) return checked(known, path);
  const temporary = `${path}.tmp`;
  await disk.remove(temporary);
  const file = await disk.openToAppend(temporary);
  const secret = crypto.getRandomValues(new Uint8Array(secretLength)).toHex();
  try {
    await file.write(new TextEncoder().encode(`${secret}\n`));
    await file.sync();
  } finally {
    file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncFolder(stateFolder);
  return secret;
}

async function readText(disk: Disk, path: string): Promise<string | undefined> {
  const file = await disk.openToRead(path);
  if (file === undefined) return undefined;
  try {
    return new TextDecoder().decode(await file.read(0, file.size));
  } finally {
    file.close();
  }
}

function checked(text: string, path: string): string {
  const secret = text.trim();
  if (/^[0-9a-f]{64}$/.test(secret)) return secret;
  throw new StoreError(`Cannot read ${path}: it is damaged`, {
    path,
    hint: "restore it from a backup; with another key every subject becomes another one",
  });
}
