/**
 * Compares an installed unit with the one that a configuration needs.
 *
 * @module
 */
import { unitWords } from "./unit_syntax.ts";

/** The settings of a unit that depend on the configuration. */
interface UnitSettings {
  /** The options of the start command, such as `--allow-net`, with their values. */
  readonly permissions: ReadonlyMap<string, readonly string[]>;
  readonly writable: readonly string[];
  readonly credentials: readonly string[];
  /** True if the service may listen on a port under 1024. */
  readonly bindsLowPort: boolean;
}

/**
 * Says how an installed unit does not fit a configuration.
 *
 * @param installed The text of the installed unit, with its drop-ins after it.
 * @param needed The text of the unit that `worklistd unit` would write now.
 * @returns One line for each kind of difference; none if the unit fits.
 */
export function unitMisfits(installed: string, needed: string): string[] {
  const before = settingsOf(installed);
  const after = settingsOf(needed);
  const lines: string[] = [];
  // The unit of a package starts a launcher, which works out the permissions at each start.
  if (before.permissions.size > 0) {
    for (const [name, values] of after.permissions) {
      const granted = before.permissions.get(name) ?? [];
      const lacking = granted.includes(everything)
        ? []
        : values.filter((value) => !granted.includes(value));
      const unneeded = granted.filter((value) => !values.includes(value));
      if (lacking.length > 0) lines.push(`it lacks ${name}=${lacking.join(",")}`);
      if (unneeded.length > 0) lines.push(`it no longer needs ${name}=${unneeded.join(",")}`);
    }
  }
  const covered = (path: string): boolean =>
    before.writable.some((folder) => path === folder || path.startsWith(`${folder}/`));
  const closed = after.writable.filter((path) => !covered(path));
  if (closed.length > 0) lines.push(`the service may not write in ${closed.join(" ")}`);
  const unhanded = after.credentials.filter((each) => !before.credentials.includes(each));
  if (unhanded.length > 0) lines.push(`it lacks LoadCredential=${unhanded.join(" ")}`);
  if (after.bindsLowPort && !before.bindsLowPort) {
    lines.push(`the service may not listen on a port under 1024: it lacks ${lowPortCapability}`);
  }
  return lines;
}

/**
 * Finds the configuration that a unit starts worklistd with.
 *
 * @param text The text of the unit.
 * @returns The path of the file, or undefined if the unit starts something else.
 */
export function configOfUnit(text: string): string | undefined {
  const words = valuesOf(text, "ExecStart").at(-1);
  if (words === undefined) return undefined;
  const at = words.indexOf("--config");
  if (at >= 0) return words[at + 1];
  return /\/worklistd[^/]*$/.test(words[0] ?? "") ? words[1] : undefined;
}

/**
 * Finds the folder of the unit's program.
 *
 * @param text The text of the unit.
 * @returns The paths of `deno` and `main.ts`, or undefined if the unit has a launcher.
 */
export function programOfUnit(text: string): { deno: string; main: string } | undefined {
  const words = valuesOf(text, "ExecStart").at(-1) ?? [];
  const main = words.find((word) => word.endsWith("/main.ts"));
  const [deno] = words;
  return main === undefined || deno === undefined ? undefined : { deno, main };
}

function settingsOf(text: string): UnitSettings {
  const words = valuesOf(text, "ExecStart").at(-1) ?? [];
  const permissions = new Map(words.flatMap((word) => {
    const [, name, values] = /^(--allow-[a-z]+)(?:=(.*))?$/s.exec(word) ?? [];
    return name === undefined ? [] : [[name, values?.split(",") ?? [everything]] as const];
  }));
  const inside = (name: string, base: string): string[] =>
    valuesOf(text, name).flat().map((path) => `${base}/${path}`);
  return {
    permissions,
    writable: [
      ...valuesOf(text, "ReadWritePaths").flat().map((path) => path.replace(/^[-+]+/, "")),
      ...inside("StateDirectory", "/var/lib"),
      ...inside("LogsDirectory", "/var/log"),
    ],
    credentials: valuesOf(text, "LoadCredential").flat(),
    bindsLowPort: valuesOf(text, "AmbientCapabilities").flat().includes(lowPortCapability),
  };
}

const lowPortCapability = "CAP_NET_BIND_SERVICE";

/** Stands for all values of a permission that is given without any. */
const everything = "all";

/** The arguments of every line `NAME=…`; an empty line forgets those before it. */
function valuesOf(text: string, name: string): string[][] {
  let values: string[][] = [];
  for (const line of text.replaceAll(/\\\n\s*/g, " ").split("\n")) {
    if (!line.startsWith(`${name}=`)) continue;
    const words = unitWords(line.slice(name.length + 1));
    values = words.length === 0 ? [] : [...values, words];
  }
  return values;
}
