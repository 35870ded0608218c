import { assertEquals } from "@std/assert";
import { dumpDataSet } from "../../src/dicom/dump/dump.ts";
import { parseDump } from "../../src/dicom/dump/dump_parse.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { TransferSyntax } from "../../src/dicom/uid.ts";
import { dcmtk, interopTest } from "../support/foreign.ts";

const samples = "/usr/share/doc/dcmtk/examples";

interopTest("parseDump() and dumpDataSet() do with DCMTK's samples what dump2dcm and dcmdump do", [
  "dcmtk",
  "dcmtk-samples",
], async () => {
  const folder = await Deno.makeTempDir({ prefix: "worklistd-dump-" });
  try {
    for (const part of ["wlistdb/OFFIS", "wlistqry"]) {
      for await (const { name } of Deno.readDir(`${samples}/${part}`)) {
        if (!name.endsWith(".dump")) continue;
        const source = `${samples}/${part}/${name}`;
        const target = `${folder}/${name}.bin`;
        await dcmtk("dump2dcm", "-q", "-F", "+te", "-g", source, target);
        const expected = await Deno.readFile(target);
        const dataSet = parseDump(await Deno.readFile(source));
        assertEquals(encodeDataSet(dataSet, TransferSyntax.ExplicitVrLittleEndian), expected, name);

        const { stdout } = await dcmtk("dcmdump", "-q", "+L", "-f", "-te", target);
        const lines = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
        const decoded = decodeDataSet(expected, TransferSyntax.ExplicitVrLittleEndian);
        assertEquals(dumpDataSet(decoded), `${lines.join("\n")}\n`, name);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
