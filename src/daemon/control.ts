// Touches the world: listens and connects on a Unix socket in the state folder.
/**
 * The way from a command to a running daemon: a Unix socket in the state folder, for the daemon's account and the
 * members of its group, if the folder permits it.
 *
 * A connection has one request and one answer, each a line of JSON. Lines with parts of the answer may come before
 * it. Empty lines say that the daemon works on it.
 *
 * @module
 */
import { messageOf } from "../deliver/message.ts";
import {
  checkControlRequest,
  type ControlRequest,
  type ControlResponse,
  parseControlResponse,
} from "./control_message.ts";

/** Longer requests are nobody's. */
const longestLine = 65_536;
/** Linux takes no longer path for a socket: `sun_path` has 108 bytes, the last is NUL. */
const longestPath = 107;

/** The time that a program may take to send its request, in milliseconds. */
const requestMs = 5_000;
/** The interval of signs that the daemon works on a request. */
const signMs = 1_000;
/** The longest silence of a daemon that is not stuck. */
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
 * @param handle Answers one request; what it throws becomes the answer. The values of an asynchronous iterable are sent
 * one after the other, and the answer after them. The signal is aborted when whoever asked has gone.
 * @returns The server.
 * @throws {Error} If the socket cannot be made; the message says why.
 */
export async function serveControl(
  stateDir: string,
  handle: (request: ControlRequest, signal: AbortSignal) => Promise<unknown>,
): Promise<ControlServer> {
  const path = socketPath(stateDir);
  await Deno.remove(path).catch(ignoreNotFound);
  const listener = Deno.listen({ transport: "unix", path });
  await Deno.chmod(path, 0o660);
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
 * @param request The request.
 * @param silenceMs The longest silence of the daemon, in milliseconds. The answer takes as long as it works on it.
 * @returns Its result; `undefined` where no daemon listens.
 * @throws {Error} If the daemon refuses, the message is its own; or if it is silent for too long.
 */
export async function askDaemon(
  stateDir: string,
  request: ControlRequest,
  silenceMs: number = longestSilenceMs,
): Promise<{ readonly result: unknown } | undefined> {
  const connection = await connect(stateDir);
  if (connection === undefined) return undefined;
  try {
    for await (const line of answersOf(connection, request, silenceMs)) {
      const response = parseControlResponse(line);
      if ("part" in response) continue;
      if (!response.ok) throw new Error(response.message);
      return { result: response.result };
    }
    throw new Error(endedWords);
  } finally {
    closeQuietly(connection);
  }
}

/**
 * Asks the daemon for an answer that comes in parts.
 *
 * @param stateDir The state folder.
 * @param request The request.
 * @param signal Ends it.
 * @returns The parts; `undefined` where no daemon listens.
 * @throws {Error} If the daemon refuses, the message is its own; or if it is silent for too long.
 */
export async function askInParts(
  stateDir: string,
  request: ControlRequest,
  signal?: AbortSignal,
): Promise<AsyncGenerator<unknown> | undefined> {
  const connection = await connect(stateDir);
  return connection && partsOf(connection, request, signal);
}

async function* partsOf(
  connection: Deno.UnixConn,
  request: ControlRequest,
  signal: AbortSignal | undefined,
): AsyncGenerator<unknown> {
  const close = (): void => closeQuietly(connection);
  signal?.addEventListener("abort", close, { once: true });
  try {
    for await (const line of answersOf(connection, request, longestSilenceMs)) {
      const response = parseControlResponse(line);
      if ("part" in response) yield response.part;
      else if (response.ok) return;
      else throw new Error(response.message);
    }
    throw new Error(endedWords);
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener("abort", close);
    close();
  }
}

async function connect(stateDir: string): Promise<Deno.UnixConn | undefined> {
  const path = socketPath(stateDir);
  try {
    return await Deno.connect({ transport: "unix", path });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.ConnectionRefused) return undefined;
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new Error(
      `Cannot ask the daemon at ${path}: permission denied. ` +
        "Become a member of the group that the socket belongs to, or use the daemon's account",
      { cause: error },
    );
  }
}

async function* answersOf(
  connection: Deno.UnixConn,
  request: ControlRequest,
  silenceMs: number,
): AsyncGenerator<string> {
  await within(silenceMs, connection, writeLine(connection, request));
  yield* readLines((into) => within(silenceMs, connection, connection.read(into)), Infinity);
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
  handle: (request: ControlRequest, signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const gone = new AbortController();
  try {
    const lines = readLines((into) => connection.read(into), longestLine);
    const { value: line } = await within(requestMs, connection, lines.next());
    const value: unknown = JSON.parse(line ?? "");
    let isWriting = false;
    const leave = (): void => {
      clearInterval(signs);
      gone.abort(new Error("whoever asked has gone"));
    };
    const signs = setInterval(() => {
      // A line end within a line would cut it.
      if (!isWriting) connection.write(lineFeed).catch(leave);
    }, signMs);
    const write = async (value: ControlResponse): Promise<void> => {
      isWriting = true;
      await writeLine(connection, value);
      isWriting = false;
    };
    try {
      const result = await handle(checkControlRequest(value), gone.signal);
      if (isParts(result)) {
        for await (const part of result) await write({ part });
        await write({ ok: true, result: null });
      } else {
        await write({ ok: true, result });
      }
    } catch (error) {
      if (isWriting) throw error;
      await write({ ok: false, message: messageOf(error) });
    } finally {
      clearInterval(signs);
    }
  } catch {
    // Whoever asked has gone, or is no command of ours.
  } finally {
    gone.abort(new Error("the request is answered"));
    closeQuietly(connection);
  }
}

function isParts(result: unknown): result is AsyncIterable<unknown> {
  return typeof result === "object" && result !== null && Symbol.asyncIterator in result;
}

async function writeLine(connection: Deno.UnixConn, value: unknown): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(value) + "\n");
  for (let written = 0; written < bytes.length;) {
    written += await connection.write(bytes.subarray(written));
  }
}

const endedWords = "The daemon ended before it answered";

/** Reads lines; empty ones are passed over. */
async function* readLines(
  read: (into: Uint8Array) => Promise<number | null>,
  longest: number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let pieces: string[] = [];
  let length = 0;
  for (;;) {
    const count = await read(buffer);
    if (count === null) throw new Error(endedWords);
    const [first = "", ...others] = decoder.decode(buffer.subarray(0, count), { stream: true })
      .split("\n");
    pieces.push(first);
    length += first.length;
    for (const other of others) {
      // Joined once a line: a long one comes in many pieces.
      const line = pieces.join("");
      if (line !== "") yield line;
      pieces = [other];
      length = other.length;
    }
    if (length > longest) throw new Error("The request is too long");
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
