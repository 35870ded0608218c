import { assertEquals, assertMatch } from "@std/assert";
import type { WebhookOptions } from "../../../src/deliver/sinks/webhook_options.ts";
import { TemporaryFolder } from "../../support/delivery_bench.ts";
import { HttpReceiver } from "../../support/http_receiver.ts";

const child = new URL("../../support/sending_child.ts", import.meta.url).pathname;
const tls = new URL("../../golden/tls/", import.meta.url).pathname;
const identity = {
  cert: Deno.readTextFileSync(`${tls}server.pem`),
  key: Deno.readTextFileSync(`${tls}server.key`),
};

/** Sends one event from a process of its own, which may reach the ports and nothing else; what it says. */
async function send(
  options: Omit<WebhookOptions, "type" | "secrets">,
  env: Readonly<Record<string, string>>,
  ports: readonly number[],
): Promise<string> {
  const net = ports.map((port) => `127.0.0.1:${port}`).join(",");
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-check", "--ignore-env", `--allow-net=${net}`],
      ...[
        "--allow-sys",
        child,
        JSON.stringify({ type: "webhook", secrets: [], ...options }),
      ],
    ],
    env: { ...env, DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout).trim() || decoder.decode(stderr);
}

function proxies(url: string): Record<string, string> {
  const names = ["http_proxy", "https_proxy", "all_proxy"];
  return Object.fromEntries([
    ...names.flatMap((name) => [[name, url], [name.toUpperCase(), url]]),
    ["NODE_USE_ENV_PROXY", "1"],
  ]);
}

for (const scheme of ["http", "https"]) {
  Deno.test(`a webhook goes past the proxies of the environment to ${scheme}`, async () => {
    await using receiver = new HttpReceiver(scheme === "https" ? identity : undefined);
    await using proxy = new HttpReceiver();
    const url = receiver.url.replace("http:", `${scheme}:`);
    const options = { url, tls: { ca: [Deno.readTextFileSync(`${tls}ca.pem`)] } };
    const ports = [receiver.port, proxy.port];
    const env = proxies(`http://127.0.0.1:${proxy.port}`);
    assertEquals(await send(options, env, ports), "delivered");
    assertEquals([receiver.requests.length, proxy.requests.length], [1, 0]);
  });
}

Deno.test("a webhook goes through its own proxy whatever NO_PROXY says", async () => {
  await using proxy = new HttpReceiver();
  const options = {
    url: "http://127.0.0.1:65001/hook",
    proxy: { url: `http://127.0.0.1:${proxy.port}` },
  };
  const env = { NO_PROXY: "*", no_proxy: "127.0.0.1" };
  assertEquals(await send(options, env, [proxy.port, 65001]), "delivered");
  assertEquals(proxy.requests.length, 1);
});

for (
  const [what, env] of [
    ["DENO_CERT", { DENO_CERT: `${tls}ca.pem` }],
    ["NODE_EXTRA_CA_CERTS", { NODE_EXTRA_CA_CERTS: `${tls}ca.pem` }],
    ["DENO_TLS_CA_STORE", {
      DENO_TLS_CA_STORE: "system,mozilla",
      SSL_CERT_FILE: `${tls}ca.pem`,
      NODE_USE_SYSTEM_CA: "1",
    }],
    ["NODE_TLS_REJECT_UNAUTHORIZED", { NODE_TLS_REJECT_UNAUTHORIZED: "0" }],
  ] as const
) {
  Deno.test(`${what} makes a webhook believe nobody else`, async () => {
    await using receiver = new HttpReceiver(identity);
    const url = receiver.url.replace("http:", "https:");
    assertMatch(await send({ url }, env, [receiver.port]), /authority that is not trusted/);
    assertEquals(receiver.requests, []);
  });
}

Deno.test("SSLKEYLOGFILE gives nobody the keys of a webhook's connection", async () => {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver(identity);
  const url = receiver.url.replace("http:", "https:");
  const log = `${folder.path}/keys`;
  const options = { url, tls: { ca: [Deno.readTextFileSync(`${tls}ca.pem`)] } };
  assertEquals(await send(options, { SSLKEYLOGFILE: log }, [receiver.port]), "delivered");
  assertEquals(await Deno.readTextFile(log).catch(() => ""), "");
});
