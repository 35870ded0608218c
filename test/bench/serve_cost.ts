/**
 * What answering stations costs, against DCMTK's `wlmscpfs` and Orthanc with the same 5,000 items.
 *
 * The stations are associations of this process; the CPU is that of the servers, over enough answers that the
 * hundredths of a second of `/proc` do not matter.
 *
 * @module
 */
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { encodePart10 } from "../../src/dicom/part10.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { SopClass, TransferSyntax } from "../../src/dicom/uid.ts";
import { associate } from "../../src/network/associate.ts";
import { serveWorklist } from "../../src/serve/worklist_scp.ts";
import { freePort, startOrthanc, startWlmscpfs } from "../support/foreign.ts";
import { TemporaryFolder } from "../support/delivery_bench.ts";
import { median, processState } from "./child.ts";
import { worklistd } from "./program.ts";
import { mib, ms, printLine, say } from "./report.ts";

const worklist = SopClass.ModalityWorklistInformationModelFind;
const syntax = TransferSyntax.ExplicitVrLittleEndian;
const itemCount = 5000;
const stationCount = 50;

/** A server that is measured. */
interface Measured extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  readonly aeTitle: string;
}

/** Prints what selective and whole answers cost. */
export async function printServeCosts(): Promise<void> {
  await using folder = new TemporaryFolder();
  const items = Array.from({ length: itemCount }, (_, n) => itemOf(n));
  await using ours = await startOurs(folder.path, items);
  const selective = identifierFor("ST07");
  const all = identifierFor("");
  const expected = itemCount / stationCount;
  const our = {
    selective: await costOf(ours, selective, expected, 100),
    all: await costOf(ours, all, itemCount, 10),
  };
  printLine({
    what: "serve: a station's 100 of 5,000 items: wall, with association",
    ours: ms(our.selective.wallMs),
    measured: our.selective.wallMs,
    target: { atMost: 20 },
  });
  const { residentMiB } = stateOf(ours);
  say(`serve: the daemon has ${mib(residentMiB)} with 5,000 items that were all asked for`);
  const thirtySeconds = 50 * our.selective.cpuMs;
  printLine({
    what: "serve: 50 stations every 30 s: share of a core",
    ours: `${(thirtySeconds / 300).toFixed(2)} %`,
    measured: thirtySeconds / 300,
    target: { atMost: 3 },
  });
  for (
    const [name, start, rounds] of [
      ["wlmscpfs", () => startWlmscpfs({ samples: false, args: ["-csk", "-s"] }), 3],
      ["Orthanc", () => startOrthanc(), 2],
    ] as const
  ) {
    await using server = await start();
    const target = name === "wlmscpfs"
      ? `${server.folder}/${server.aeTitle}`
      : `${server.folder}/worklists`;
    for (const [n, item] of items.entries()) {
      await Deno.writeFile(`${target}/${n}.wl`, fileOf(item, n));
    }
    const measured = { ...server, pid: await pidOf(server.port), [Symbol.asyncDispose]: noEnd };
    for (
      const [what, identifier, count, share] of [
        ["a station's 100 of 5,000 items", selective, expected, 0.1],
        ["all 5,000 items", all, itemCount, 0.25],
      ] as const
    ) {
      const their = await costOf(measured, identifier, count, rounds);
      const own = count === itemCount ? our.all : our.selective;
      printLine({
        what: `serve: ${what}: CPU, by ${name}`,
        ours: ms(own.cpuMs),
        theirs: ms(their.cpuMs),
        measured: own.cpuMs / their.cpuMs,
        target: { atMost: share },
      });
    }
  }
}

const noEnd = (): Promise<void> => Promise.resolve();

interface Answer {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** The median wall time and the mean CPU of the server, after some answers that warm it. */
async function costOf(
  server: Measured,
  identifier: Uint8Array,
  expected: number,
  rounds: number,
): Promise<Answer> {
  for (let warm = 0; warm < Math.ceil(rounds / 3); warm++) await ask(server, identifier, expected);
  const before = stateOf(server).cpuMs;
  const walls: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await ask(server, identifier, expected);
    walls.push(performance.now() - start);
  }
  return { wallMs: median(walls), cpuMs: (stateOf(server).cpuMs - before) / rounds };
}

function stateOf({ pid }: Measured): NonNullable<ReturnType<typeof processState>> {
  const state = processState(pid);
  if (state === undefined) throw new Error("the server is gone");
  return state;
}

async function ask(server: Measured, identifier: Uint8Array, expected: number): Promise<void> {
  const association = await associate({
    host: "127.0.0.1",
    port: server.port,
    calledAeTitle: server.aeTitle,
    callingAeTitle: "CT1",
    presentationContexts: [{ abstractSyntax: worklist, transferSyntaxes: [syntax] }],
    timeouts: { connectMs: 5000, associateMs: 30_000, responseMs: 60_000, releaseMs: 5000 },
  });
  let count = 0;
  const request = { sopClassUid: worklist, identifier, isTransient: true };
  for await (const batch of association.find(request)) count += batch.length;
  await association.release();
  if (count !== expected) throw new Error(`${count} matches instead of ${expected}`);
}

/** The daemon after one poll of a RIS that is gone since. */
async function startOurs(folder: string, items: readonly DataSet[]): Promise<Measured> {
  const port = freePort();
  const ris = serveWorklist({ aeTitle: "RIS" });
  for (const [n, item] of items.entries()) ris.items.set(`${n}`, item);
  const config = `${folder}/worklistd.yaml`;
  await Deno.writeTextFile(
    config,
    `state_dir: ${folder}/state
log: { level: info }
peers: { ris: { host: 127.0.0.1, port: ${ris.port}, ae_title: RIS } }
queries: { today: { peer: ris, schedule: every 1h } }
serve: { listen: "127.0.0.1:${port}", worklists: { RAD: { queries: [today] } } }
`,
  );
  const [program = "", ...args] = worklistd("poll", "today", "--config", config);
  const polled = await new Deno.Command(program, { args, stdout: "null" }).output();
  if (!polled.success) throw new Error("the poll failed");
  await ris[Symbol.asyncDispose]();
  const [, ...run] = worklistd("run", "--config", config);
  const child = new Deno.Command(program, { args: run, stdout: "null", stderr: "piped" }).spawn();
  const log = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; !text.includes("Started");) {
    const { value, done } = await log.read();
    if (done) throw new Error(`the daemon ended: ${text}`);
    text += value;
  }
  const draining = (async (): Promise<void> => {
    for (;;) if ((await log.read()).done) return;
  })();
  return {
    pid: child.pid,
    port,
    aeTitle: "RAD",
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill("SIGTERM");
      await draining;
      await child.status;
    },
  };
}

/** The process that listens on a port of the loopback interface. */
async function pidOf(port: number): Promise<number> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const table = await Deno.readTextFile("/proc/net/tcp") +
    await Deno.readTextFile("/proc/net/tcp6").catch(() => "");
  const inodes = table.split("\n")
    .filter((line) => new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F:]+ 0A `).test(line))
    .map((line) => line.trim().split(/\s+/)[9]);
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      for (const file of Deno.readDirSync(`/proc/${name}/fd`)) {
        const link = Deno.readLinkSync(`/proc/${name}/fd/${file.name}`);
        if (inodes.some((inode) => link === `socket:[${inode}]`)) return Number(name);
      }
    } catch {
      // It has ended, or is not ours to look into.
    }
  }
  throw new Error(`nobody listens on ${port}`);
}

function identifierFor(station: string): Uint8Array {
  const empty = (tag: number): ReturnType<typeof element> => element(tag, []);
  const step = new DataSet([
    element(Tag.ScheduledStationAETitle, station === "" ? [] : [station]),
    element(Tag.ScheduledProcedureStepStartDate, station === "" ? [] : ["20261127"]),
    ...[
      Tag.ScheduledProcedureStepStartTime,
      Tag.Modality,
      Tag.ScheduledPerformingPhysicianName,
      Tag.ScheduledProcedureStepDescription,
      Tag.ScheduledProcedureStepID,
    ].map(empty),
  ]);
  return encodeDataSet(
    new DataSet([
      ...[
        Tag.AccessionNumber,
        Tag.PatientName,
        Tag.PatientID,
        Tag.PatientBirthDate,
        Tag.PatientSex,
        Tag.StudyInstanceUID,
        Tag.RequestedProcedureID,
        Tag.RequestedProcedureDescription,
      ].map(empty),
      element(Tag.ScheduledProcedureStepSequence, [step]),
    ]),
    syntax,
  );
}

function itemOf(n: number): DataSet {
  const station = `ST${String(n % stationCount).padStart(2, "0")}`;
  return new DataSet([
    element(Tag.SpecificCharacterSet, ["ISO_IR 100"]),
    element(Tag.AccessionNumber, [`A${n}`]),
    element(Tag.PatientName, [`Müller${n}^Änne`]),
    element(Tag.PatientID, [`P${n}`]),
    element(Tag.PatientBirthDate, ["19500101"]),
    element(Tag.PatientSex, ["F"]),
    element(Tag.StudyInstanceUID, [`1.2.826.0.1.3680043.10.1338.${n}`]),
    element(Tag.RequestedProcedureID, [`RP${n}`]),
    element(Tag.RequestedProcedureDescription, ["CT of the chest with contrast"]),
    element(Tag.ScheduledProcedureStepSequence, [
      new DataSet([
        element(Tag.Modality, ["CT"]),
        element(Tag.ScheduledStationAETitle, [station]),
        element(Tag.ScheduledProcedureStepStartDate, ["20261127"]),
        element(Tag.ScheduledProcedureStepStartTime, ["093000"]),
        element(Tag.ScheduledPerformingPhysicianName, ["Ross^Ann"]),
        element(Tag.ScheduledProcedureStepDescription, ["CT chest"]),
        element(Tag.ScheduledProcedureStepID, [`S${n}`]),
      ]),
    ]),
  ]);
}

function fileOf(item: DataSet, n: number): Uint8Array {
  return encodePart10(item, {
    transferSyntaxUid: syntax,
    sopClassUid: worklist,
    sopInstanceUid: `1.2.826.0.1.3680043.10.1338.9.${n}`,
  });
}
