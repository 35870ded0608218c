// Touches the world: asks Deno what this process may do.
/**
 * Compares what a configuration needs with what this process may do.
 *
 * @module
 */
import type { Grants } from "../permissions.ts";

/**
 * Lists what a configuration needs and this process may not do.
 *
 * @param grants The permissions that the configuration needs.
 * @returns Such as `connect to ris.example.org:104`; none if nothing is missing.
 */
export function missingGrants({ read, write, net, env, sys }: Grants): string[] {
  const lacks = (descriptor: Deno.PermissionDescriptor): boolean =>
    Deno.permissions.querySync(descriptor).state !== "granted";
  return [
    ...read.filter((path) => lacks({ name: "read", path })).map((path) => `read ${path}`),
    ...write.filter((path) => lacks({ name: "write", path })).map((path) => `write in ${path}`),
    ...net.filter((host) => !host.startsWith("unix:") && lacks({ name: "net", host }))
      .map((host) => `connect to ${host}`),
    ...env.filter((variable) => lacks({ name: "env", variable }))
      .map((variable) => `read $${variable}`),
    ...(sys === "all" && lacks({ name: "sys" })
      ? ["read the authorities that come with Deno (--allow-sys)"]
      : []),
  ];
}
