import { assertEquals } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { serveWorklist } from "../../../src/serve/worklist_scp.ts";

const root = new URL("../../../", import.meta.url);

Deno.test("find() does in a program of its own what README says", async () => {
  await using ris = serveWorklist({ aeTitle: "RIS" });
  for (const [id, name] of [["P1", "DOE^JANE"], ["P2", "ROE^JANE"]] as const) {
    ris.items.set(
      id,
      new DataSet([element(Tag.PatientID, [id]), element(Tag.PatientName, [name])]),
    );
  }
  const program = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(program, await exampleAt(ris.port));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--allow-net=127.0.0.1",
        "--config",
        new URL("deno.json", root).pathname,
        program,
      ],
    }).output();
    const text = new TextDecoder();
    assertEquals([code, text.decode(stderr), text.decode(stdout)], [0, "", "DOE^JANE\n"]);
  } finally {
    await Deno.remove(program);
  }
});

/** README's example, with the package's name and the port replaced by what stands for them here. */
async function exampleAt(port: number): Promise<string> {
  const readme = await Deno.readTextFile(new URL("README.md", root));
  const { name, exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
  const example = blocks.find((code) => code.includes(`"${name}"`)) ?? "";
  return example
    .replace(`"${name}"`, JSON.stringify(new URL(exports["."], root).href))
    .replace("11112", `${port}`);
}
