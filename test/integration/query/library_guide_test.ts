import { assertEquals } from "@std/assert";
import { guidePrograms, imageFile, printed, serveArchive } from "../../support/library_guide.ts";

const root = new URL("../../../", import.meta.url);

Deno.test("the programs of docs/library.md print what they should", async () => {
  await using archive = serveArchive();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/image.dcm`, imageFile());
    const programs = await guidePrograms(archive.port, new URL("src/mod.ts", root).href);
    const answers: Record<string, string> = {};
    for (const [heading, program] of programs) {
      await Deno.writeTextFile(`${folder}/program.ts`, program);
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "--no-prompt",
          "--check",
          "--allow-net=127.0.0.1",
          `--allow-read=${folder}/image.dcm,image.dcm`,
          "--config",
          new URL("deno.json", root).pathname,
          "program.ts",
        ],
        cwd: folder,
      }).output();
      answers[heading] = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    }
    assertEquals(answers, printed);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
