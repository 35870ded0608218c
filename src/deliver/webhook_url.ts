/**
 * Checks the URLs of webhooks, and the addresses that they may reach.
 *
 * @module
 */
/**
 * Checks the URL of a webhook as far as possible without the network.
 *
 * @param text The URL from the configuration.
 * @param options
 * @param options.allowHttp Permit `http://` to other hosts.
 * @returns The problem, as a sentence; undefined if there is none.
 */
export function webhookUrlProblem(
  text: string,
  options: { readonly allowHttp: boolean },
): string | undefined {
  if (!URL.canParse(text)) return "this is not a URL";
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return "it must begin with https://";
  if (url.username !== "" || url.password !== "") {
    return "a name or password does not belong in a URL: use `basic` or `bearer_file`";
  }
  const host = hostOf(url);
  if (url.port !== "" && blockedPorts.has(Number(url.port))) {
    return `port ${url.port} belongs to another protocol, and HTTP clients refuse it (Fetch standard, "bad port")`;
  }
  if (isForbiddenAddress(host)) return `${host} is a link-local or metadata address`;
  if (url.protocol === "http:" && !options.allowHttp && !isLoopbackHost(host)) {
    return "patient data would travel unencrypted: use https://, or set `allow_http: true`";
  }
  return undefined;
}

/** The ports that HTTP clients refuse: Fetch standard, section 2.9 "Port blocking". */
// deno-fmt-ignore
const blockedPorts: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/**
 * Checks the URL of the proxy of a webhook.
 *
 * @param text The URL from the configuration.
 * @returns The problem, as a sentence; undefined if there is none.
 */
export function proxyUrlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return "this is not a URL";
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.hostname === "") {
    return "it must be that of an HTTP proxy, such as http://proxy.example.org:3128";
  }
  if (url.username === "" && url.password === "") return undefined;
  return "a name or password does not belong in a URL: use `username` and `password_file`";
}

/**
 * Returns the host of a URL.
 *
 * @param url The URL.
 * @returns A name, or an address without brackets.
 */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

/** True if a host is this machine: `localhost`, 127.0.0.0/8 or ::1. */
function isLoopbackHost(host: string): boolean {
  const address = unmapped(host);
  return /^(.+\.)?localhost\.?$/i.test(host) || /^127(\.\d+){3}$/.test(address) ||
    address === "::1";
}

/**
 * Recognises addresses that a webhook must never reach: link-local, unspecified, multicast, and those at
 * which clouds serve metadata and credentials.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { isForbiddenAddress } from "./webhook_url.ts";
 *
 * assert(isForbiddenAddress("169.254.169.254"));
 * assert(isForbiddenAddress("::ffff:169.254.169.254"));
 * ```
 *
 * @param host An IPv4 or IPv6 address. Of names, only those known for metadata are recognised.
 * @returns True if the address is forbidden.
 */
export function isForbiddenAddress(host: string): boolean {
  const address = unmapped(host.toLowerCase());
  if (address.includes(":")) {
    return /^(fe[89ab].:|ff..:|::$)/.test(address) || metadataAddresses.includes(address);
  }
  if (/^\d+(\.\d+){3}$/.test(address)) {
    return /^(0|169\.254|22[4-9]|23\d|24\d|25\d)\./.test(address) ||
      metadataAddresses.includes(address);
  }
  return /^(metadata|metadata\.google\.internal|instance-data)\.?$/.test(address);
}

/**
 * Metadata addresses outside the link-local range: those of Alibaba, Azure and Oracle, and the IPv6 ones of
 * Amazon and Google.
 */
const metadataAddresses = [
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "fd00:ec2::254",
  "fd20:ce::254",
];

/** The addresses that {@linkcode isForbiddenAddress} refuses, in the form of systemd's `IPAddressDeny=`. */
export const webhookForbiddenRanges: readonly string[] = [
  "link-local",
  "multicast",
  ...metadataAddresses,
];

/** Turns an IPv4 address within IPv6, dotted or in hex, into IPv4. */
function unmapped(address: string): string {
  const dotted = /^(?:::ffff:|::ffff:0:|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (dotted !== undefined) return dotted;
  const hex = /^(?:::ffff:|::ffff:0:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (hex === null) return address;
  const [high, low] = [parseInt(hex[1] ?? "", 16), parseInt(hex[2] ?? "", 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
