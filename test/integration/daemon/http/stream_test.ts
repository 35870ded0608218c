import { assert, assertEquals } from "@std/assert";
import { step } from "../../../support/daemon_config.ts";
import { openHttpBench, token } from "../../../support/http_bench.ts";

/** A message of a stream. */
interface Message {
  readonly event: string;
  readonly id?: string;
  // deno-lint-ignore no-explicit-any
  readonly data: any;
}

/** Reads the messages of a stream until it is disposed of. */
class Reader implements AsyncDisposable {
  readonly status: number;
  readonly #reader: ReadableStreamDefaultReader<string> | undefined;
  #text = "";

  private constructor(response: Response) {
    this.status = response.status;
    this.#reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<Reader> {
    const authorization = `Bearer ${token}`;
    return new Reader(await fetch(url, { headers: { authorization, ...headers } }));
  }

  /** The next message of a kind; others are left out. */
  async next(event: string): Promise<Message> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end < 0) {
        const { done, value } = await this.#reader?.read() ?? { done: true };
        if (done) throw new Error(`the stream ended before an event "${event}"`);
        this.#text += value;
        continue;
      }
      const lines = this.#text.slice(0, end).split("\n");
      this.#text = this.#text.slice(end + 2);
      const field = (name: string): string | undefined =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      if (field("event") !== event) continue;
      const id = field("id");
      return { event, data: JSON.parse(field("data") ?? "null"), ...(id !== undefined && { id }) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader?.cancel();
  }
}

Deno.test("a reader gets events as they are committed, with ids from which it can go on", async () => {
  await using bench = await openHttpBench();
  bench.ris.items.set("1", step("1"));
  await bench.poll();
  const url = `${bench.url}/api/v1/events/stream`;
  await using all = await Reader.open(`${url}?query=ct&since=0`);
  const first = await all.next("event");
  assertEquals([first.id, first.data.type], ["1", "dicom.worklist.item.added"]);
  bench.ris.items.set("2", step("2"));
  await bench.poll();
  assertEquals((await all.next("event")).id, "2");
  await using resumed = await Reader.open(`${url}?query=ct`, { "last-event-id": "1" });
  assertEquals((await resumed.next("event")).data.data.key.ScheduledProcedureStepID, "S2");
});

Deno.test("a reader of all queries goes on after the event that it had last", async () => {
  await using bench = await openHttpBench();
  await using reader = await Reader.open(`${bench.url}/api/v1/events/stream`);
  bench.ris.items.set("1", step("1"));
  await bench.poll();
  const { id = "" } = await reader.next("event");
  assertEquals(id, "ct.0000000000000001");
  bench.ris.items.set("2", step("2"));
  await bench.poll();
  await using resumed = await Reader.open(`${bench.url}/api/v1/events/stream`, {
    "last-event-id": id,
  });
  assertEquals((await resumed.next("event")).id, "ct.0000000000000002");
});

Deno.test("the page's reader gets the status at once, changes in batches, and a gap after too many", async () => {
  await using bench = await openHttpBench();
  await using reader = await Reader.open(`${bench.url}/api/v1/events/stream?view=changes`);
  assertEquals((await reader.next("status")).data.queries[0].state, "new");
  for (let id = 0; id < 250; id++) bench.ris.items.set(String(id), step(String(id)));
  await bench.poll();
  const sizes = [];
  for (let batch = 0; batch < 3; batch++) sizes.push((await reader.next("changes")).data.length);
  assertEquals(sizes, [100, 100, 50]);
  assertEquals((await reader.next("status")).data.queries[0].items, 250);
  for (let id = 250; id < 2_600; id++) bench.ris.items.set(String(id), step(String(id)));
  await bench.poll();
  assertEquals((await reader.next("gap")).data, { query: "ct", after: 250, last: 2_600 });
});

Deno.test("no more readers than configured, and the place of one that left is free again", async () => {
  const section = { maxStreams: 2 };
  await using bench = await openHttpBench({ section });
  const url = `${bench.url}/api/v1/events/stream?view=changes`;
  const first = await Reader.open(url);
  await first.next("status");
  await using second = await Reader.open(url);
  await second.next("status");
  const refused = await bench.get("/api/v1/events/stream");
  assertEquals([refused.status, refused.headers.get("retry-after")], [503, "10"]);
  await refused.body?.cancel();
  await first[Symbol.asyncDispose]();
  const deadline = performance.now() + 10_000;
  for (;;) {
    await using third = await Reader.open(url);
    if (third.status === 200) break;
    assert(performance.now() < deadline, "the place of the reader that left is not free again");
  }
});
