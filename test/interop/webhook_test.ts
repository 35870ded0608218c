import { assertEquals } from "@std/assert";
import { DeliveryBench, TemporaryFolder } from "../support/delivery_bench.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { freePort, interopTest } from "../support/foreign.ts";
import { added, MemoryJournal } from "../support/memory_journal.ts";

const tls = new URL("../golden/tls/", import.meta.url).pathname;
const text = (name: string): string => Deno.readTextFileSync(tls + name);
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** The Python receiver of docs/receivers.md, behind TLS that wants a certificate of the client. */
async function receiverScript(): Promise<string> {
  const page = await Deno.readTextFile(new URL("../../docs/receivers.md", import.meta.url));
  const example = /\`\`\`python\n(.*?)\`\`\`/s.exec(page)?.[1] ?? "";
  const [setUp, start] = example.split(/^(?=HTTPServer)/m);
  return `
import ssl, sys
${setUp}
server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile="${tls}ca.pem")
context.load_cert_chain("${tls}server.pem", "${tls}server.key")
context.verify_mode = ssl.CERT_REQUIRED
server.socket = context.wrap_socket(server.socket, server_side=True)
print("ready", flush=True)
server.serve_forever()
# ${start}`;
}

/** Runs a receiver and tells the lines that it prints. */
class RunningReceiver implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(program: string, args: readonly string[]) {
    const command = new Deno.Command(program, {
      args: [...args],
      env: { HOOK_SECRET: secret },
      stdout: "piped",
      stderr: "null",
    });
    this.#child = command.spawn();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  async line(): Promise<string> {
    while (!this.#text.includes("\n")) {
      this.#text += (await this.#output.read()).value ?? "(ended)\n";
    }
    const end = this.#text.indexOf("\n");
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#output.cancel();
  }
}

interopTest(
  "The documented receiver in Python takes a signed event over mutual TLS",
  ["pynetdicom"],
  async () => {
    const port = freePort();
    const args = ["-u", "-c", await receiverScript(), String(port)];
    await using receiver = new RunningReceiver("python3", args);
    assertEquals(await receiver.line(), "ready");
    await using folder = new TemporaryFolder();
    const clock = new FakeClock(Temporal.Now.instant());
    const journal = new MemoryJournal("q");
    const url = `https://127.0.0.1:${port}/`;
    const options = { type: "webhook", url, secrets: [secret] } as const;
    const client = { ca: [text("ca.pem")], cert: text("client.pem"), key: text("client.key") };
    await using bench = new DeliveryBench(folder.path, clock);
    await bench.open({
      stranger: { ...options, tls: { ca: [text("ca.pem")] } },
      known: { ...options, tls: client },
    }, journal);
    journal.commit(clock.now(), added(1));
    assertEquals(
      await receiver.line(),
      "dicom.worklist.item.added k1-00000000000000000000000000000001",
    );
    while (bench.reports.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const told = bench.reports.map(({ sink, kind }) => `${sink} ${kind}`).sort();
    assertEquals(told, ["known delivered", "stranger failed"]);
  },
);

Deno.test("The documented receiver in Deno takes a signed event and refuses any other", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/receivers.md", import.meta.url));
  const port = freePort();
  const example = /```ts\n(import \{ Webhook \}.*?)```/s.exec(page)?.[1] ?? "";
  const script = example.replace("npm:standardwebhooks", "standardwebhooks").replace(
    "8080",
    String(port),
  )
    .replace("port:", 'onListen: () => console.log("ready"), port:');
  await using folder = new TemporaryFolder();
  const path = `${folder.path}/receiver.ts`;
  await Deno.writeTextFile(path, script);
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const args = ["run", "-A", "--config", config, path];
  await using receiver = new RunningReceiver(Deno.execPath(), args);
  assertEquals(await receiver.line(), "ready");
  const clock = new FakeClock(Temporal.Now.instant());
  const journal = new MemoryJournal("q");
  const url = `http://127.0.0.1:${port}/`;
  const other = "whsec_plJ3nmyCDGBKInavdOK15jsl1xOP3VGwvg==";
  await using bench = new DeliveryBench(folder.path, clock);
  await bench.open({
    forged: { type: "webhook", url, secrets: [other] },
    genuine: { type: "webhook", url, secrets: [other, secret] },
  }, journal);
  journal.commit(clock.now(), added(1));
  assertEquals(
    await receiver.line(),
    "dicom.worklist.item.added k1-00000000000000000000000000000001",
  );
  // A wrong signature is answered 401, which is tried again: the receiver may get its secret later.
  while (bench.reports.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  const reported = bench.reports.map(({ sink, kind }) => `${sink} ${kind}`).sort();
  assertEquals(reported, ["forged failed", "genuine delivered"]);
});
