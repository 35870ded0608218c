/**
 * Random histories of one state folder under two versions of the program: the last release, as git has it, and this one.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { DataSet } from "../../src/dicom/data_set.ts";
import { serveWorklist } from "../../src/serve/worklist_scp.ts";
import { step } from "./daemon_config.ts";
import { lastRelease } from "./foreign.ts";
import { HttpReceiver } from "./http_receiver.ts";
import type { SinkEvent } from "./running_daemon.ts";
import type { SeededRandom } from "./seeded_random.ts";
import { readFolder } from "./state_copy.ts";

const repository = new URL("../../", import.meta.url).pathname;
const thisMain = `${repository}main.ts`;

/** Puts the last release into a folder, as git has it. */
export async function unpackLastRelease(folder: string): Promise<string> {
  const archive = `${folder}/release.tar`;
  for (
    const [program, ...args] of [
      ["git", "-C", repository, "archive", "--output", archive, lastRelease.commit],
      ["tar", "-x", "-f", archive, "-C", folder],
    ] as const
  ) {
    const { success, stderr } = await new Deno.Command(program, { args, stdout: "null" }).output();
    assert(success, decode(stderr));
  }
  return `${folder}/main.ts`;
}

/** A version of the program. */
export type Version = "old" | "new";

/** How a version ends: in good order, or at once. */
type End = "SIGTERM" | "SIGKILL";

const withinMs = 60_000;

/** One history of one state folder. */
export class UpgradedState implements AsyncDisposable {
  /** What happened, for the report of a failure. */
  readonly log: string[] = [];
  readonly #random: SeededRandom;
  readonly #folder = Deno.makeTempDirSync({ prefix: "worklistd-upgrade-" });
  readonly #mains: Readonly<Record<Version, string>>;
  readonly #receiver = new HttpReceiver();
  readonly #items = new Map<string, DataSet>();
  readonly #ris = serveWorklist({ aeTitle: "RIS", items: this.#items, trace: () => this.#asked() });
  #asked: () => void = () => {};
  #steps = 0;

  /**
   * @param random Decides everything.
   * @param oldMain `main.ts` of the last release.
   */
  constructor(random: SeededRandom, oldMain: string) {
    this.#random = random;
    this.#mains = { old: oldMain, new: thisMain };
    Deno.writeTextFileSync(`${this.#folder}/hook.key`, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    Deno.writeTextFileSync(
      `${this.#folder}/worklistd.yaml`,
      `peers:
  ris: { host: 127.0.0.1, port: ${this.#ris.port}, ae_title: RIS }
queries:
  ct: { peer: ris, schedule: every 100ms, sinks: [changes, hook], removal: { confirm_polls: 1, brake_min: 1000 } }
sinks:
  changes: { type: ndjson, path: ./changes.ndjson }
  hook: { type: webhook, url: "${this.#receiver.url}", secret_file: hook.key }
`,
    );
    for (let n = 0; n < 3; n++) this.#add();
  }

  /**
   * Runs a version for a while, during which the worklist changes, and ends it.
   *
   * @returns True if it polled.
   */
  async run(version: Version): Promise<boolean> {
    const end = this.#random.pick(["SIGTERM", "SIGKILL", "SIGKILL"]);
    // Some are ended while they start.
    const isEarly = this.#random.oneIn(4);
    const ms = this.#random.below(isEarly ? 400 : 1200);
    await this.#during(version, { end, isEarly }, async (asked) => {
      if (!isEarly) await asked;
      const until = Date.now() + ms;
      while (Date.now() < until) {
        this.#change();
        await pause(Math.min(this.#random.below(150), Math.max(until - Date.now(), 0)));
      }
    });
    return !isEarly;
  }

  /** Runs this version until its sinks have everything, and compares all that they got with the worklist. */
  async settle(): Promise<void> {
    await this.#during("new", { end: "SIGTERM", isEarly: false }, async (asked) => {
      await asked;
      const last = Date.now() + withinMs;
      while (JSON.stringify(this.#believed()) !== JSON.stringify(this.#truth())) {
        assert(Date.now() < last, this.#failure("the worklist is not what the events say"));
        await pause(100);
      }
      const ids = this.#events().map(({ id }) => id);
      while (new Set(this.#receiver.ids).size < ids.length) {
        assert(Date.now() < last, this.#failure("the webhook lacks events"));
        await pause(100);
      }
    });
    const events = this.#events();
    const ids = events.map(({ id }) => id);
    // None lost, none twice, in order, with the ids that follow from the sequence.
    assertEquals(ids, ids.map((_, n) => `ct.${`${n + 1}`.padStart(16, "0")}`), this.#failure(""));
    assertEquals([...new Set(this.#receiver.ids)], ids, this.#failure("webhook"));
    const journal = await this.#command("new", "history", "ct", "--format", "ndjson");
    assertEquals(journal.trim().split("\n").map((line) => JSON.parse(line).id), ids);
    const subjects = new Map<string, Set<string | undefined>>();
    for (const { data, subject } of events) {
      subjects.getOrInsertComputed(JSON.stringify(data.key), () => new Set()).add(subject);
    }
    assert([...subjects.values()].every(({ size }) => size === 1), this.#failure("subjects"));
    assertEquals(new Set([...subjects.values()].flatMap((set) => [...set])).size, subjects.size);
    await this.#command("new", "state", "verify");
  }

  /** Starts the last release on the state of this one: it must refuse it, and leave it as it is. */
  async refuse(): Promise<void> {
    this.log.push("old is refused");
    const before = this.#state();
    const { code, stderr } = await this.#spawn("old", "run").output();
    const message = decode(stderr);
    assertEquals(code, 1, this.#failure(message));
    assertMatch(message, /Cannot start: Cannot read .*subject\.key/);
    assertEquals(this.#state(), before, this.#failure("it changed the state"));
  }

  #state(): Map<string, string> {
    const files = [...readFolder(`${this.#folder}/state`)].filter(([path]) => path !== "/lock");
    return new Map(files.map(([path, bytes]) => [path, bytes.toHex()]));
  }

  async #during(
    version: Version,
    { end, isEarly }: { readonly end: End; readonly isEarly: boolean },
    work: (asked: Promise<void>) => Promise<void>,
  ): Promise<void> {
    this.log.push(`${version} until ${end}${isEarly ? " while it starts" : ""}`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#asked = resolve;
    const child = this.#spawn(version, "run");
    const output = child.output();
    const died = output.then(({ code, stderr }) => {
      throw new Error(
        this.#failure(`${version} ended, ${code}: ${decode(stderr)}`),
      );
    });
    try {
      await Promise.race([work(promise), died]);
    } finally {
      died.catch(() => {});
      try {
        child.kill(end);
      } catch {
        // It has ended by itself, which is a failure already.
      }
      await output;
    }
    const { code, stderr } = await output;
    // 143: it was ended before it listened for the signal.
    const isOrderly = code === 0 || (isEarly && code === 143);
    assert(end === "SIGKILL" || isOrderly, this.#failure(`${code}: ${decode(stderr)}`));
  }

  #spawn(version: Version, ...words: string[]): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-prompt",
        this.#mains[version],
        ...words,
        "--config",
        "worklistd.yaml",
      ],
      cwd: this.#folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async #command(version: Version, ...words: string[]): Promise<string> {
    const { success, stdout, stderr } = await this.#spawn(version, ...words).output();
    assert(success, this.#failure(decode(stderr) + decode(stdout)));
    return decode(stdout);
  }

  #add(): void {
    const id = `${++this.#steps}`;
    this.#items.set(id, step(id));
  }

  #change(): void {
    const names = [...this.#items.keys()];
    const id = names[this.#random.below(names.length)] ?? "";
    const what = this.#random.below(4);
    if (what === 0 && names.length > 3) this.#items.delete(id);
    else if (what < 2) this.#add();
    else {
      const time = `${8 + this.#random.below(10)}`.padStart(2, "0") + "0000";
      this.#items.set(id, step(id, { time, name: `Doe^J${this.#random.below(100)}` }));
    }
  }

  #events(): SinkEvent[] {
    let text = "";
    try {
      text = Deno.readTextFileSync(`${this.#folder}/changes.ndjson`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  }

  /** What somebody believes who knows only the events, each of which must fit what was believed before. */
  #believed(): Record<string, string> {
    const believed = new Map<string, string>();
    for (const { id, type, data } of this.#events()) {
      const key = data.key.StudyInstanceUID ?? "";
      if (data.before !== undefined && !type.endsWith("changed")) {
        assertEquals(believed.get(key), factsOf(data.before), this.#failure(id));
      }
      if (type.endsWith("added")) assert(!believed.has(key), this.#failure(`${id} added twice`));
      else assert(believed.has(key), this.#failure(`${id} was never added`));
      if (data.after === undefined) believed.delete(key);
      else believed.set(key, factsOf(data.after));
    }
    return sorted(believed);
  }

  #truth(): Record<string, string> {
    return sorted(
      new Map([...this.#items.values()].map((item) => {
        const [planned] = item.items(0x0040_0100);
        const time = planned?.string(0x0040_0003);
        return [item.string(0x0020_000D) ?? "", `${item.string(0x0010_0010)} ${time}`];
      })),
    );
  }

  #failure(words: string): string {
    return `${words}\n${this.log.join("\n")}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ris[Symbol.asyncDispose]();
    await this.#receiver[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** The facts that change, in an event's data set. */
function factsOf(dataSet: Record<string, unknown>): string {
  // deno-lint-ignore no-explicit-any
  const { "00100010": name, "00400100": steps } = dataSet as any;
  return `${name.Value[0].Alphabetic} ${steps.Value[0]["00400003"].Value[0]}`;
}

function sorted(map: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...map].sort(([a], [b]) => a < b ? -1 : 1));
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
