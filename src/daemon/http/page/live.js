/**
 * The connection to the daemon: live events, reconnected by itself, and how long nothing came.
 *
 * @module
 */
import { address, read } from "./api.js";

/** The daemon speaks every 5 s at least; after so long without a word the page is stale. */
const silentMs = 12_000;
/** Time before the next attempt. */
const retryMs = 3_000;

/**
 * Listens for ever.
 *
 * @param {object} to What is called.
 * @param {(status: any) => void} to.onStatus With each status.
 * @param {(changes: any[]) => void} to.onChanges With committed changes.
 * @param {(gap: { query: string }) => void} to.onGap If changes of a query were left out.
 * @param {() => void} to.onOpen When a connection was made: what came meanwhile was missed.
 * @returns {{ heardMs(): number, isSilent(): boolean, isOpen(): boolean }} When the daemon was heard last
 *   (performance.now()), if that is too long ago, and if it is connected.
 */
export function listen({ onStatus, onChanges, onGap, onOpen }) {
  let heardMs = performance.now();
  let source;

  const heard = (work) => (event) => {
    heardMs = performance.now();
    work(JSON.parse(event.data));
  };

  function connect() {
    source?.close();
    const own = source = new EventSource(address(["events", "stream"], { view: "changes" }));
    own.addEventListener("open", onOpen);
    own.addEventListener("status", heard(onStatus));
    own.addEventListener("changes", heard(onChanges));
    own.addEventListener("gap", heard(onGap));
    own.addEventListener("error", () => {
      if (own !== source) return;
      // Also if the daemon refuses, after which the browser would not try again.
      own.close();
      setTimeout(retry, retryMs);
    });
  }

  async function retry() {
    try {
      // If all places of readers are taken, the status still comes.
      const status = await read(["status"]);
      heardMs = performance.now();
      onStatus(status);
    } catch {
      // Not reached yet: `isSilent()` reports it.
    }
    connect();
  }

  // A connection that is dead without an end, as after a suspended machine.
  setInterval(() => {
    if (performance.now() - heardMs > 2 * silentMs && source?.readyState === EventSource.OPEN) {
      connect();
    }
  }, silentMs);

  connect();
  return {
    heardMs: () => heardMs,
    isOpen: () => source.readyState === EventSource.OPEN,
    isSilent: () => performance.now() - heardMs > silentMs,
  };
}
