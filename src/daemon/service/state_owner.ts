// Touches the world: reads owners of files and the names of accounts.
/**
 * Keeps one account the owner of the whole state folder: a file of another one stops the service.
 *
 * @module
 */
import { StoreError } from "../../worklist/journal/store_error.ts";

/** The state belongs to another account, and this process runs as root. */
export class ForeignStateError extends StoreError {
  override readonly name = "ForeignStateError";
  /** The account that the state belongs to. */
  readonly uid: number;
  readonly gid: number;

  constructor(path: string, { uid, gid }: { uid: number; gid: number }) {
    const name = accountName(uid);
    super(
      `Cannot use ${path} as root: it belongs to ${name}, and files of root in it would stop the service`,
      { path, hint: `run the command as its owner: runuser -u ${name} -- worklistd …` },
    );
    this.uid = uid;
    this.gid = gid;
  }
}

/**
 * Checks that this process owns a state folder and all that is in it.
 *
 * Example: a backup was restored as root, and `queries/ct/journal.ndjson` belongs to root. The service could read it
 * and not append to it. The message names the file and the command that mends it.
 *
 * @param stateDir The state folder; it need not exist.
 * @throws {ForeignStateError} If this process is root's and the folder is not.
 * @throws {StoreError} If something in it belongs to another account.
 */
export function requireOwnState(stateDir: string): void {
  if (Deno.build.os === "windows" || !maySeeAccount()) return;
  const me = Deno.uid();
  // With `DynamicUser=` it is a link of root to the folder itself.
  const folder = statOf(stateDir, Deno.statSync);
  if (me === null || folder === undefined || folder.uid === null) return;
  if (me === 0 && folder.uid !== 0) {
    requireLastingOwner(stateDir);
    throw new ForeignStateError(stateDir, { uid: folder.uid, gid: folder.gid ?? folder.uid });
  }
  const foreign = [
    ...(folder.uid === me ? [] : [stateDir]),
    ...[...pathsIn(stateDir)].filter((path) => (statOf(path)?.uid ?? me) !== me),
  ];
  const [first] = foreign;
  if (first === undefined) return;
  const count = foreign.length === 1 ? first : `${first} and ${foreign.length - 1} more`;
  const owner = accountName(me);
  throw new StoreError(
    `Cannot use ${stateDir}: ${count} belong${foreign.length === 1 ? "s" : ""} to another account`,
    { path: stateDir, hint: `give them back, as root: chown -R ${owner} ${stateDir}` },
  );
}

/**
 * Refuses the state of a service with `DynamicUser=yes`: its account exists only while the service runs. While it
 * does not, the folder belongs to `nobody`, who cannot enter `/var/lib/private`.
 */
function requireLastingOwner(stateDir: string): void {
  const folder = Deno.realPathSync(stateDir);
  if (folder === stateDir || !folder.replace(/\/[^/]*$/, "").endsWith("/private")) return;
  throw new StoreError(
    `Cannot use ${stateDir} as root: the account of its service exists only while the service runs`,
    {
      path: stateDir,
      hint: "start the service, then run the command again: the service carries it out",
    },
  );
}

/**
 * Remembers who owns a state folder, for a command of root that writes in it.
 *
 * @param stateDir The state folder; it need not exist.
 * @returns Gives the folder and all that is in it back to that account.
 */
export function keepOwner(stateDir: string): () => void {
  const owner = statOf(stateDir, Deno.statSync);
  if (Deno.build.os === "windows" || Deno.uid() !== 0 || !owner || owner.uid === null) {
    return () => {};
  }
  const { uid, gid } = owner;
  return () => {
    // As `chown -h`: what a link points to stays as it is.
    for (const path of pathsIn(stateDir)) {
      if (!Deno.lstatSync(path).isSymlink) Deno.chownSync(path, uid, gid);
    }
  };
}

/**
 * Runs this very command again as another account.
 *
 * @param account The account.
 * @returns Its exit code.
 * @throws {Error} If this process may not do that.
 */
export async function runAgainAs({ uid, gid }: { uid: number; gid: number }): Promise<number> {
  // Everything that is imported is there already; this process could not start otherwise.
  const args = ["run", "--quiet", "--no-prompt", "--cached-only", ...commandPermissions];
  args.push(Deno.mainModule, ...Deno.args);
  const { HOME: _, XDG_CACHE_HOME: __, DENO_DIR: ___, ...env } = Deno.env.toObject();
  const { code } = await new Deno.Command(Deno.execPath(), {
    args,
    uid,
    gid,
    clearEnv: true,
    env,
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  return code;
}

/** The rights of commands. Unlike the daemon, people run them, with files of their own. */
const commandPermissions = ["net", "read", "write", "env", "sys", "run"].map((name) =>
  `--allow-${name}`
);

function maySeeAccount(): boolean {
  return Deno.permissions.querySync({ name: "sys", kind: "uid" }).state === "granted";
}

function* pathsIn(folder: string): Generator<string> {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(folder)];
  } catch {
    return;
  }
  for (const { name, isDirectory } of entries) {
    yield `${folder}/${name}`;
    if (isDirectory) yield* pathsIn(`${folder}/${name}`);
  }
}

/** A file that was just deleted, such as a temporary one, belongs to nobody else. */
function statOf(
  path: string,
  stat: (path: string) => Deno.FileInfo = Deno.lstatSync,
): { uid: number | null; gid: number | null } | undefined {
  try {
    return stat(path);
  } catch {
    return undefined;
  }
}

function accountName(uid: number): string {
  try {
    const lines = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"));
    return lines.find((fields) => fields[2] === `${uid}`)?.[0] ?? `${uid}`;
  } catch {
    return `${uid}`;
  }
}
