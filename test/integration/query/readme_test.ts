import { assertEquals } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { serveWorklist } from "../../../src/serve/worklist_scp.ts";
import { readmeExample } from "../../support/readme_example.ts";

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
    await Deno.writeTextFile(
      program,
      await readmeExample(ris.port, new URL("src/mod.ts", root).href),
    );
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
