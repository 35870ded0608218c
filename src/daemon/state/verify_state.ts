// Touches the world: reads the state folder.
/**
 * Checks a state folder, and makes one that is damaged usable.
 *
 * @module
 */
import { checkSeal } from "../../base/sealed_json.ts";
import { listStoredQueries, readCommits, readStoredQuery } from "../../worklist/journal/history.ts";
import { queryFolder } from "../../worklist/journal/state_folder.ts";
import { beginGeneration, readGeneration } from "./generation.ts";

/** One thing that was looked at. */
export interface Finding {
  /** Such as `query ct-today`. */
  readonly subject: string;
  readonly isWell: boolean;
  readonly text: string;
}

/**
 * Reads everything in a state folder: each commit of each query, what each sink remembers, the generation. A daemon may
 * go on with the folder.
 *
 * @param stateDir The state folder.
 */
export async function* verifyState(stateDir: string): AsyncGenerator<Finding> {
  for (const name of await listStoredQueries(stateDir)) yield await verifyQuery(stateDir, name);
  for (const name of await sinkFiles(stateDir)) yield await verifySink(stateDir, name);
  yield await verifyGeneration(stateDir);
}

async function verifyQuery(stateDir: string, name: string): Promise<Finding> {
  const subject = `query ${name}`;
  try {
    const { items, sequence } = await readStoredQuery(stateDir, name);
    let commits = 0;
    for await (const _ of readCommits(stateDir, name, 0)) commits++;
    return {
      subject,
      isWell: true,
      text: `${items.length} items, ${commits} commits in the journal, last event ${sequence}`,
    };
  } catch (error) {
    return { subject, isWell: false, text: error instanceof Error ? error.message : String(error) };
  }
}

async function verifySink(stateDir: string, file: string): Promise<Finding> {
  const subject = `sink ${file.replace(/\.json$/, "")}`;
  const bytes = await Deno.readFile(`${stateDir}/sinks/${file}`);
  const end = bytes.at(-1) === 0x0A ? bytes.subarray(0, -1) : bytes;
  const isWell = checkSeal(end) !== "damaged" && isJson(end);
  return { subject, isWell, text: isWell ? "well" : `${stateDir}/sinks/${file} is damaged` };
}

async function verifyGeneration(stateDir: string): Promise<Finding> {
  try {
    const { generation, after } = await readGeneration(stateDir);
    return { subject: "generation", isWell: true, text: `${generation}, events after ${after}` };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { subject: "generation", isWell: false, text };
  }
}

/**
 * Makes a damaged state folder usable. A query that cannot be read is moved aside: its next complete poll finds its items
 * again. A new generation begins, so that no event gets the id of a lost one.
 *
 * @param stateDir The state folder; held by this process.
 * @param now The present.
 * @returns The repairs.
 */
export async function repairState(stateDir: string, now: Temporal.Instant): Promise<string[]> {
  const done: string[] = [];
  const stamp = now.toString({ smallestUnit: "second" }).replaceAll(":", "");
  const aside = `${stateDir}/replaced-${stamp}`;
  const moveAside = async (path: string, name: string): Promise<void> => {
    await Deno.mkdir(aside, { recursive: true, mode: 0o700 });
    await Deno.rename(path, `${aside}/${name}`);
  };
  for (const name of await listStoredQueries(stateDir)) {
    if ((await verifyQuery(stateDir, name)).isWell) continue;
    const folder = queryFolder(stateDir, name);
    await moveAside(folder, folder.slice(folder.lastIndexOf("/") + 1));
    done.push(`query ${name}: moved to ${aside}; its next complete poll finds its items again`);
  }
  for (const file of await sinkFiles(stateDir)) {
    if ((await verifySink(stateDir, file)).isWell) continue;
    await moveAside(`${stateDir}/sinks/${file}`, file);
    done.push(`sink ${file}: moved to ${aside}; it gets again what the journals have`);
  }
  const isWell = (await verifyGeneration(stateDir)).isWell;
  if (done.length === 0 && isWell) return [];
  const before = isWell ? await readGeneration(stateDir) : { generation: 0, after: 0 };
  const { generation, after } = await beginGeneration(stateDir, before, now.epochMilliseconds);
  return [...done, `generation ${generation}: the next events are higher than ${after}`];
}

async function sinkFiles(stateDir: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(`${stateDir}/sinks`)) {
      if (name.endsWith(".json")) names.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return true;
  } catch {
    return false;
  }
}
