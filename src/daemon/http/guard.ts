/**
 * Keeps pages of other origins out: which host, origin and fetch metadata a request may have.
 *
 * A page of another site can make a browser send requests here, with the login that the browser remembers. A
 * name under the attacker's control may point to our address ("DNS rebinding"): its pages would even be of our
 * origin. Therefore a request must name a host that we know, and must not come from another site.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";

/** The checked parts of a request. */
export interface GuardedRequest {
  readonly method: string;
  /** Looks up a header by its lower-case name. */
  header(name: string): string | undefined;
}

/** Why a request is refused. */
export interface Refusal {
  readonly status: 400 | 403 | 421;
  readonly message: string;
}

/** The hosts that are ours. */
export interface OwnHosts {
  readonly scheme: "http" | "https";
  /** The host of `listen`. */
  readonly listen: string;
  /** `http.hosts` in lower case. */
  readonly hosts: readonly string[];
  /** Our certificate in PEM: its names are ours, too. */
  readonly cert?: string | undefined;
}

/**
 * Makes the guard of a listener.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { makeGuard } from "./guard.ts";
 *
 * const guard = makeGuard({ scheme: "http", listen: "127.0.0.1", hosts: [] });
 * const request = (headers: Record<string, string>) => ({
 *   method: "GET",
 *   header: (name: string) => headers[name],
 * });
 * assertEquals(guard(request({ host: "127.0.0.1:9180" })), undefined);
 * assertEquals(guard(request({ host: "evil.example" }))?.status, 421);
 * assertEquals(
 *   guard(request({ host: "localhost:9180", origin: "http://evil.example" }))?.status,
 *   403,
 * );
 * ```
 *
 * @param own The hosts that are ours.
 * @returns Judges a request: `undefined` if it may pass.
 */
export function makeGuard(own: OwnHosts): (request: GuardedRequest) => Refusal | undefined {
  const certificate = own.cert === undefined ? undefined : new X509Certificate(own.cert);
  const isOurs = (name: string): boolean =>
    addressPattern.test(name) || name === "localhost" || name === own.listen ||
    own.hosts.includes(name) ||
    certificate?.checkHost(name) !== undefined;
  return (request) => {
    const host = request.header("host")?.toLowerCase();
    const name = host === undefined ? undefined : hostName(host);
    if (host === undefined || name === undefined) {
      return { status: 400, message: "The request names no host" };
    }
    if (!isOurs(name)) {
      const message = "This name is not known here. Add it to `hosts` in the `http` section";
      return { status: 421, message };
    }
    const origin = request.header("origin");
    const isSameOrigin = origin === undefined ||
      origin === `${own.scheme}://${host}` ||
      // Behind a reverse proxy that speaks HTTPS for us.
      own.hosts.includes(name) && origin === `https://${host}`;
    const site = request.header("sec-fetch-site");
    const isOwnSite = site === undefined || site === "same-origin" || site === "none" ||
      isNavigation(request);
    if (isSameOrigin && isOwnSite) return undefined;
    return { status: 403, message: "Pages of other sites may not use this interface" };
  };
}

/** An IPv4 address as browsers write it, or anything with colons, which only IPv6 addresses have. */
const addressPattern = /^\d{1,3}(\.\d{1,3}){3}$|:/;

/** A link on another page that a person follows; nothing of the answer is readable there. */
function isNavigation({ method, header }: GuardedRequest): boolean {
  return method === "GET" && header("sec-fetch-mode") === "navigate" &&
    header("sec-fetch-dest") === "document";
}

/** The name without port and brackets. */
function hostName(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/.exec(host);
  return match?.[1] ?? match?.[2];
}
