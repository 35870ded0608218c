// Touches the world: listens and connects on a Unix socket in the state folder.
/**
 * How a command reaches a running daemon: a Unix socket in the state folder, which only those may use who
 * may use the folder. One request and one answer on a connection, each a line of JSON; empty lines before the answer
 * say that the daemon works on it.
 *
 * @module
 */
import { messageOf } from "../deliver/message.ts";

/** What a command asks of a running daemon. */
export type ControlRequest =
  | { readonly do: "poll"; readonly query: string; readonly isDryRun: boolean }
  | { readonly do: "approve"; readonly query: string }
  | {
    readonly do: "replay";
    readonly sink: string;
    /** A sequence, or a time. */
    readonly since: string;
    readonly query?: string;
  }
  | { readonly do: "resend"; readonly sink: string; readonly ids?: readonly string[] }
  | { readonly do: "status" }
  | { readonly do: "reload" };

/** What it answers. */
export type ControlResponse =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly message: string };

/** Longer requests are nobody's. */
const longestLine = 65_536;
/** Linux takes no longer path for a socket: `sun_path` has 108 bytes, the last is NUL. */
const longestPath = 107;

/** How long whoever connects may take to say what is wanted. */
const requestMs = 5_000;
/** How often a daemon that works on a request says so. */
const signMs = 1_000;
/** How long a daemon that is not stuck may be silent. */
const longestSilenceMs = 10_000;
/** After an error such as too many open files; others may close theirs meanwhile. */
const acceptPauseMs = 1_000;

const lineFeed = Uint8Array.of(0x0A);

/** A daemon's end of the control socket. */
export interface ControlServer {
  /** Accepts nothing more and removes the socket. */
  close(): Promise<void>;
}

/**
 * Answers commands until it is closed. The caller holds the lock of the state folder: what is found in the
 * socket's place was left by one that is dead.
 *
 * @param stateDir The state folder.
 * @param handle Answers one request; what it throws becomes the answer.
 * @returns The server.
 * @throws {Error} If the socket cannot be made; the message says why.
 */
export async function serveControl(
  stateDir: string,
  handle: (request: ControlRequest) => Promise<unknown>,
): Promise<ControlServer> {
  const path = socketPath(stateDir);
  await Deno.remove(path).catch(ignoreNotFound);
  const listener = Deno.listen({ transport: "unix", path });
  await Deno.chmod(path, 0o600);
  const open = new Set<Deno.UnixConn>();
  let isClosing = false;
  const accept = async (): Promise<void> => {
    while (!isClosing) {
      try {
        const connection = await listener.accept();
        open.add(connection);
        answer(connection, handle).finally(() => open.delete(connection));
      } catch {
        if (!isClosing) await new Promise((resolve) => setTimeout(resolve, acceptPauseMs));
      }
    }
  };
  const accepting = accept();
  return {
    async close(): Promise<void> {
      isClosing = true;
      listener.close();
      await accepting;
      for (const connection of open) closeQuietly(connection);
      await Deno.remove(path).catch(() => {});
    },
  };
}

/**
 * Asks the daemon that holds a state folder.
 *
 * @param stateDir The state folder.
 * @param request What to ask.
 * @param silenceMs How long the daemon may be silent, in milliseconds. The answer takes as long as it works on it.
 * @returns Its result; `undefined` where no daemon listens.
 * @throws {Error} If the daemon refuses, the message is its own; or if it is silent for too long.
 */
export async function askDaemon(
  stateDir: string,
  request: ControlRequest,
  silenceMs: number = longestSilenceMs,
): Promise<{ readonly result: unknown } | undefined> {
  let connection: Deno.UnixConn;
  try {
    connection = await Deno.connect({ transport: "unix", path: socketPath(stateDir) });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.ConnectionRefused) return undefined;
    throw error;
  }
  try {
    await within(silenceMs, connection, writeLine(connection, request));
    const line = await readLine(
      (into) => within(silenceMs, connection, connection.read(into)),
      Infinity,
    );
    const response = JSON.parse(line) as ControlResponse;
    if (!response.ok) throw new Error(response.message);
    return { result: response.result };
  } finally {
    closeQuietly(connection);
  }
}

/** Closes a connection, which ends what waits for it, unless that comes in time. */
async function within<T>(
  limitMs: number,
  connection: Deno.UnixConn,
  work: Promise<T>,
): Promise<T> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    closeQuietly(connection);
  }, limitMs);
  try {
    return await work;
  } catch (error) {
    if (!isLate) throw error;
    throw new Error(`The daemon does not answer within ${limitMs / 1000} s: is it stuck?`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function answer(
  connection: Deno.UnixConn,
  handle: (request: ControlRequest) => Promise<unknown>,
): Promise<void> {
  try {
    const reading = readLine((into) => connection.read(into), longestLine);
    const line = await within(requestMs, connection, reading);
    const request = JSON.parse(line) as ControlRequest;
    const signs = setInterval(() => {
      connection.write(lineFeed).catch(() => clearInterval(signs));
    }, signMs);
    const response: ControlResponse = await handle(request).then(
      (result) => ({ ok: true as const, result }),
      (error) => ({ ok: false as const, message: messageOf(error) }),
    ).finally(() => clearInterval(signs));
    await writeLine(connection, response);
  } catch {
    // Whoever asked has gone, or is no command of ours.
  } finally {
    closeQuietly(connection);
  }
}

async function writeLine(connection: Deno.UnixConn, value: unknown): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(value) + "\n");
  for (let written = 0; written < bytes.length;) {
    written += await connection.write(bytes.subarray(written));
  }
}

/** Reads a line; empty ones before it are passed over. */
async function readLine(
  read: (into: Uint8Array) => Promise<number | null>,
  longest: number,
): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let line = "";
  for (;;) {
    const count = await read(buffer);
    if (count === null) throw new Error("The daemon ended before it answered");
    const piece = decoder.decode(buffer.subarray(0, count), { stream: true });
    line += line === "" ? piece.trimStart() : piece;
    if (line.length > longest) throw new Error("The request is too long");
    // Not of the whole line: that would copy it, each time.
    if (line !== "" && piece.endsWith("\n")) return line;
  }
}

function socketPath(stateDir: string): string {
  const path = `${stateDir}/control.sock`;
  if (new TextEncoder().encode(path).length <= longestPath) return path;
  throw new Error(
    `Cannot use a control socket at ${path}: its path is longer than ${longestPath} bytes; ` +
      "choose a shorter state_dir",
  );
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function closeQuietly(connection: Deno.UnixConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
