// Touches the world: reads the units of systemd.
/**
 * The units that start worklistd on this machine.
 *
 * @module
 */
import { configOfUnit } from "./unit_fit.ts";

/** A unit of this machine. */
export interface InstalledUnit {
  /** Such as `worklistd.service`. */
  readonly name: string;
  readonly path: string;
  /** Its text, and that of its drop-ins. */
  readonly text: string;
}

/** The folders of systemd's units; the first has precedence. */
const unitFolders = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];

/**
 * Finds the units that start worklistd with a configuration.
 *
 * @param config The absolute path of the configuration file.
 * @param folders The folders to search. @default {those of systemd}
 * @returns The units; none if systemd is not there or its folders cannot be read.
 */
export function installedUnits(
  config: string,
  folders: readonly string[] = unitFolders,
): InstalledUnit[] {
  const units = new Map<string, InstalledUnit>();
  for (const folder of folders) {
    for (const name of listed(folder)) {
      if (!/^worklistd.*\.service$/.test(name) || units.has(name)) continue;
      const path = `${folder}/${name}`;
      const text = [readIfThere(path), ...dropIns(name, folders)].join("\n");
      units.set(name, { name, path, text });
    }
  }
  return [...units.values()].filter(({ text }) => configOfUnit(text) === config);
}

function dropIns(name: string, folders: readonly string[]): string[] {
  return folders.toReversed().flatMap((folder) =>
    listed(`${folder}/${name}.d`).filter((file) => file.endsWith(".conf")).sort()
      .map((file) => readIfThere(`${folder}/${name}.d/${file}`))
  );
}

function listed(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
