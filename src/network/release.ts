/**
 * The end of an association that both sides agree on.
 *
 * PS3.8 section 7.2.
 *
 * @module
 */
import { DicomTimeoutError } from "./errors.ts";
import { PduType } from "./pdu.ts";
import { encodePdu } from "./pdu_encode.ts";
import type { PeerLink } from "./peer_link.ts";

/** The outcome of a release. Messages received before it are complete whatever it is. */
export type ReleaseOutcome = "released" | "aborted" | "closed" | "timed out";

/**
 * Asks for release and waits for the answer.
 *
 * PS3.8 section 9.2: data that still comes is dropped, and a request for release that crosses ours (release
 * collision) is answered. Never fails; the link may have ended or not.
 *
 * @param link The association's link.
 * @param releaseMs The limit for the answer, in milliseconds.
 * @returns The outcome.
 */
export async function requestRelease(link: PeerLink, releaseMs: number): Promise<ReleaseOutcome> {
  link.state = "release";
  link.setDeadline("release", releaseMs);
  try {
    await link.write(encodePdu({ type: "A-RELEASE-RQ" }));
    for (;;) {
      const { type } = await link.receiveFrame();
      if (type === PduType.AReleaseRp) return "released";
      if (type === PduType.AAbort) return "aborted";
      if (type === PduType.AReleaseRq) await link.write(encodePdu({ type: "A-RELEASE-RP" }));
    }
  } catch (error) {
    return error instanceof DicomTimeoutError ? "timed out" : "closed";
  }
}
