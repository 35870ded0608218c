import { assertEquals } from "@std/assert";
import { TemporaryFolder } from "../support/delivery_bench.ts";
import {
  type ForeignServer,
  interopTest,
  startOrthanc,
  startWlmscpfs,
} from "../support/foreign.ts";
import { startDaemon } from "../support/running_daemon.ts";
import { characterSetCount, textsOf, writeEachCharacterSet } from "../support/worklist_answers.ts";

function config(orthanc: ForeignServer, station: ForeignServer): string {
  return `
ae_title: WORKLISTD
log: { level: debug, format: json }
peers:
  ris: { host: ${orthanc.host}, port: ${orthanc.port}, ae_title: ${orthanc.aeTitle} }
queries:
  all:
    peer: ris
    model: worklist
    schedule: every 1s
    keys: { PatientName: }
    sinks: [changes, stations]
sinks:
  changes: { type: ndjson, path: ./changes.ndjson }
  stations: { type: worklist-folder, path: "${station.folder}/\${ScheduledStationAETitle}" }
`;
}

interopTest(
  "a station's wlmscpfs has what Orthanc has, in every character set, also while Orthanc is down",
  ["dcmtk", "orthanc", "pynetdicom"],
  async () => {
    await using orthanc = await startOrthanc({ configuration: { DefaultEncoding: "Utf8" } });
    await using station = await startWlmscpfs({ samples: false, args: ["-csk"] });
    await using folder = new TemporaryFolder();
    await writeEachCharacterSet(`${orthanc.folder}/worklists`);
    await using daemon = await startDaemon(folder.path, config(orthanc, station));
    await daemon.until((events) => events.length >= characterSetCount);
    await daemon.polls(1);
    const expected = await textsOf(orthanc, orthanc.aeTitle);
    assertEquals(expected.length, characterSetCount);
    assertEquals(await textsOf(station, "CT1"), expected);

    await orthanc.stop();
    await daemon.until((events) => events.some(({ type }) => type === "dicom.poll.failed"));
    await daemon.kill();
    assertEquals(await textsOf(station, "CT1"), expected);
    await Deno.remove(`${station.folder}/CT1`, { recursive: true });
    const polled = daemon.polls(1);
    daemon.start();
    await polled;
    assertEquals(await textsOf(station, "CT1"), expected);

    await orthanc.start();
    await Deno.remove(`${orthanc.folder}/worklists/0.wl`);
    await daemon.until((events) => events.some(({ type }) => type.endsWith(".removed")));
    await daemon.polls(1);
    const left = await textsOf(orthanc, orthanc.aeTitle);
    assertEquals(left.length, characterSetCount - 1);
    assertEquals(await textsOf(station, "CT1"), left);
    assertEquals(await daemon.stop(), 0);
  },
);
