import { assertEquals } from "@std/assert";

const child = new URL("../../support/control_child.ts", import.meta.url).pathname;

Deno.test("a daemon answers or refuses, and neither side waits for one that is stuck or says nothing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-prompt", child, folder],
    }).output();
    const text = new TextDecoder().decode(stdout);
    assertEquals(
      text === "" ? new TextDecoder().decode(stderr) : JSON.parse(text),
      {
        before: null,
        whole: true,
        refused: "There is no query",
        late: "The daemon does not answer within 0.05 s: is it stuck?",
        signs: "\n",
        misunderstood: {
          ok: false,
          message: "This daemon does not know the request: is it of another version?",
        },
        slow: "done",
        hungUp: [null, null],
        after: null,
      },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
