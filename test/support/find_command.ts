/**
 * `find` beside the originals: each command runs against the same server, and DCMTK's `dcmdump` reads what it
 * extracted.
 *
 * @module
 */
import { dcmtk, type ForeignOutput } from "./foreign.ts";
import { worklistd } from "./running_daemon.ts";

/** What a `findscu` of somebody's printed or wrote, and how it ended. */
export interface Extracted extends ForeignOutput {
  /** The responses as `dcmdump` prints them, in the order they came. */
  readonly responses: readonly string[];
}

/** Runs DCMTK's `findscu`. */
export function findByDcmtk(args: readonly string[]): Promise<Extracted> {
  return extracting((folder) => dcmtk("findscu", "-X", "-od", folder, ...args));
}

/** Runs `worklistd find`. */
export function findByUs(args: readonly string[]): Promise<Extracted> {
  return extracting((folder) => worklistd(["find", "-X", "-od", folder, ...args]));
}

async function extracting(
  run: (folder: string) => Promise<ForeignOutput>,
): Promise<Extracted> {
  const folder = await Deno.makeTempDir({ prefix: "worklistd-find-" });
  try {
    const output = await run(folder);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    const responses = await Promise.all(names.map((name) => dumpOf(`${folder}/${name}`)));
    return { ...output, responses };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function dumpOf(path: string): Promise<string> {
  // How sequences say where they end is not what a peer sent in the one or other file.
  await dcmtk("dcmconv", "-q", "+te", "+e", path, `${path}.same`);
  const { stdout } = await dcmtk("dcmdump", "-q", "+L", `${path}.same`);
  const lines = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.filter((line) => !line.startsWith("(0002,")).join("\n");
}
