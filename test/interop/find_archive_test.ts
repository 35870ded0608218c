import { assertEquals } from "@std/assert";
import { findByDcmtk, findByUs } from "../support/find_command.ts";
import {
  type ForeignServer,
  interopTest,
  startDcmqrscp,
  startOrthanc,
  startQrscp,
} from "../support/foreign.ts";
import { writeSampleArchive } from "../support/sample_archive.ts";

const servers: {
  name: string;
  needs: "dcmtk" | "orthanc" | "qrscp";
  start: (options: { files: string[] }) => Promise<ForeignServer>;
}[] = [
  { name: "dcmqrscp", needs: "dcmtk", start: startDcmqrscp },
  { name: "Orthanc", needs: "orthanc", start: startOrthanc },
  { name: "pynetdicom's qrscp", needs: "qrscp", start: startQrscp },
];

const study = "1.2.826.0.1.3680043.10.1234.1";
const series = `${study}.1`;

/** Queries at every level, and with each kind of matching. */
const queries: (readonly string[])[] = [
  ["-P", "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientName=", "-k", "PatientID="],
  ["-P", "-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientName=TESTCASE^A*", "-k", "PatientID="],
  ["-P", "-k", "(0008,0052)=STUDY", "-k", "PatientID=P-1", "-k", "StudyInstanceUID="],
  [
    ...["-P", "-k", "0008,0052=SERIES", "-k", "PatientID=P-1"],
    ...["-k", `StudyInstanceUID=${study}`, "-k", "SeriesInstanceUID=", "-k", "Modality="],
  ],
  [
    ...["-P", "-k", "QueryRetrieveLevel=IMAGE", "-k", "PatientID=P-1"],
    ...["-k", `StudyInstanceUID=${study}`, "-k", `SeriesInstanceUID=${series}`],
    ...["-k", "SOPInstanceUID=", "-k", "InstanceNumber="],
  ],
  ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=", "-k", "PatientName="],
  ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "AccessionNumber=A3", "-k", "StudyInstanceUID="],
  [
    ...["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyDate=20240101-20240131"],
    ...["-k", "StudyInstanceUID=", "-k", "StudyTime="],
  ],
  [
    ...["-S", "-k", "QueryRetrieveLevel=SERIES", "-k", `StudyInstanceUID=${study}`],
    ...["-k", "Modality=CT", "-k", "SeriesInstanceUID="],
  ],
  [
    ...["-S", "-k", "QueryRetrieveLevel=IMAGE", "-k", `StudyInstanceUID=${study}`],
    ...["-k", `SeriesInstanceUID=${series}`, "-k", "SOPInstanceUID="],
  ],
];

for (const { name, needs, start } of servers) {
  interopTest(`find gets from ${name} what findscu gets, at every level`, [
    "dcmtk",
    needs,
  ], async () => {
    const folder = await Deno.makeTempDir({ prefix: "worklistd-archive-" });
    try {
      await using server = await start({ files: await writeSampleArchive(folder) });
      const peer = ["-aec", server.aeTitle, server.host, `${server.port}`];
      for (const query of queries) {
        const theirs = await findByDcmtk([...query, ...peer]);
        const ours = await findByUs([...query, ...peer]);
        assertEquals(ours.code, theirs.code, `${query.join(" ")}\n${ours.stderr}${theirs.stderr}`);
        assertEquals(ours.responses.toSorted(), theirs.responses.toSorted(), query.join(" "));
        assertEquals(ours.responses.length > 0, true, query.join(" "));
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

interopTest("find sends a name beyond ASCII in a character set that holds it", [
  "dcmtk",
  "orthanc",
], async () => {
  const folder = await Deno.makeTempDir({ prefix: "worklistd-archive-" });
  try {
    await using server = await startOrthanc({ files: await writeSampleArchive(folder) });
    const { code, stdout } = await findByUs([
      ...["-S", "--level", "STUDY", "-k", "PatientName=TESTCASE^JÖRG", "-k", "StudyInstanceUID"],
      ...["+sr", "--format", "csv", "-aec", server.aeTitle, server.host, `${server.port}`],
    ]);
    assertEquals(code, 0);
    assertEquals(stdout.split("\r\n").slice(0, 2), [
      "QueryRetrieveLevel,PatientName,StudyInstanceUID",
      `STUDY,TESTCASE^JÖRG,1.2.826.0.1.3680043.10.1234.3`,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
