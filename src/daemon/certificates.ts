/**
 * When the certificates of a configuration expire.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import type { Config } from "./config.ts";

/** A certificate that the configuration names. */
export interface CertificateStatus {
  /** The place that presents it: `http`, `serve`, `peer NAME`, `sink NAME`. */
  readonly usedBy: string;
  /** RFC 3339, UTC. */
  readonly expires: string;
}

const kept = new WeakMap<Config, readonly CertificateStatus[]>();

/**
 * Lists the certificates that we present.
 *
 * @param config The configuration.
 * @returns Each with the time at which it expires; one that cannot be read is left out.
 */
export function certificatesOf(config: Config): readonly CertificateStatus[] {
  let found = kept.get(config);
  if (found === undefined) {
    found = [...presented(config)].flatMap(([usedBy, certificate]) => {
      try {
        const { validTo } = new X509Certificate(certificate);
        return [{ usedBy, expires: new Date(validTo).toISOString() }];
      } catch {
        return [];
      }
    });
    kept.set(config, found);
  }
  return found;
}

function* presented(
  { http, serve, peers, sinks }: Config,
): Generator<[string, string | Uint8Array]> {
  const own = http?.tls?.reveal().cert;
  if (own !== undefined) yield ["http", own];
  const served = serve?.tls?.credentials.reveal().cert;
  if (served !== undefined) yield ["serve", served];
  for (const { name, tls } of peers.values()) {
    const cert = tls?.reveal().cert;
    if (cert !== undefined) yield [`peer ${name}`, cert];
  }
  for (const { name, options } of sinks.values()) {
    const revealed = options.reveal();
    const cert = revealed.type === "webhook" ? revealed.tls?.cert : undefined;
    if (cert !== undefined) yield [`sink ${name}`, cert];
  }
}
