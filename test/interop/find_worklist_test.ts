import { assertEquals } from "@std/assert";
import { findByDcmtk, findByUs } from "../support/find_command.ts";
import {
  dumpToFile,
  type ForeignServer,
  interopTest,
  sampleWorklistQueries,
  startOrthanc,
  startWlmscpfs,
} from "../support/foreign.ts";

const servers: { name: string; start: () => Promise<ForeignServer> }[] = [
  { name: "wlmscpfs", start: () => startWlmscpfs() },
  { name: "Orthanc's worklist plugin", start: startFilledOrthanc },
];

/** Orthanc with the same items as `wlmscpfs`. */
async function startFilledOrthanc(): Promise<ForeignServer> {
  await using source = await startWlmscpfs();
  const orthanc = await startOrthanc();
  for (let n = 1; n <= 10; n++) {
    await Deno.copyFile(
      `${source.folder}/${source.aeTitle}/wklist${n}.wl`,
      `${orthanc.folder}/worklists/wklist${n}.wl`,
    );
  }
  return orthanc;
}

for (const { name, start } of servers) {
  interopTest(`find sends DCMTK's sample queries to ${name} and gets what findscu gets`, [
    "dcmtk",
    "dcmtk-samples",
    "orthanc",
  ], async () => {
    const folder = await Deno.makeTempDir({ prefix: "worklistd-queries-" });
    try {
      await using server = await start();
      const peer = ["-W", "-aec", server.aeTitle, server.host, `${server.port}`];
      const counts: number[] = [];
      for (const [n, dump] of sampleWorklistQueries().entries()) {
        const file = `${folder}/${n}.dcm`;
        await dumpToFile(await Deno.readTextFile(dump), file);
        const theirs = await findByDcmtk([...peer, file]);
        assertEquals(theirs.code, 0, theirs.stderr);
        // The same query as a DICOM file, as text, and as DICOM JSON.
        const asJson = `${folder}/${n}.json`;
        assertEquals((await findByUs(["--save-query", asJson, dump])).code, 0);
        for (const query of [file, dump, asJson]) {
          const ours = await findByUs([...peer, query]);
          assertEquals(ours.code, 0, ours.stderr);
          assertEquals(ours.responses.toSorted(), theirs.responses.toSorted(), query);
        }
        counts.push(theirs.responses.length);
      }
      assertEquals(counts.length, 13);
      assertEquals(counts.some((count) => count > 0), true);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

interopTest("find sends each transfer syntax that wlmscpfs takes", [
  "dcmtk",
  "dcmtk-samples",
], async () => {
  await using server = await startWlmscpfs();
  const query = ["-W", "-aec", server.aeTitle, server.host, `${server.port}`, "-k", "PatientName="];
  const expected = (await findByDcmtk(query)).responses;
  assertEquals(expected.length, 10);
  for (const proposal of ["-x=", "-xe", "-xb", "-xi", "-xd"]) {
    const ours = await findByUs([proposal, ...query]);
    assertEquals(ours.code, 0, ours.stderr);
    assertEquals(ours.responses, expected, proposal);
  }
});
