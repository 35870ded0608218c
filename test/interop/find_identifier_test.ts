import { assertEquals } from "@std/assert";
import { Acceptor } from "../../src/serve/acceptor.ts";
import { dcmtk, dumpToFile, interopTest, runPynetdicom } from "../support/foreign.ts";
import { worklistd } from "../support/running_daemon.ts";

/** The key forms of DCMTK's manual, and of `dcmodify`'s for paths. */
const keysOfDcmtk: (readonly string[])[] = [
  ["(0010,0010)=HEWETT*"],
  ["0010,0010=HEWETT*"],
  ["PatientName=HEWETT*"],
  ["PatientName="],
  ["PatientName"],
  ["(0040,0100)[0].Modality=CT"],
  ["ScheduledProcedureStepSequence[0].Modality=CT", "(0040,0100)[0].(0040,0002)=20240703"],
  ["(0040,0100)[1].Modality=CT"],
  ["ScheduledProcedureStepSequence"],
  ["(0040,0100)[2]"],
  ["Columns=1024"],
  ["AcquisitionIndex=1\\2\\3\\4"],
  ["FrameIncrementPointer=(0018,1063)"],
  ["PixelData=00ff\\ea08"],
  ["FloatPixelData=1.5\\-2"],
  ["DoubleFloatPixelData=1.5"],
  ["LongVertexPointIndexList=1\\2"],
  ["SelectorOVValue=1\\2"],
  ["SelectorUNValue=00\\ff"],
  ["PatientWeight=70.5", "StudyInstanceUID=1.2.3"],
];

/** The key forms of pynetdicom's manual. */
const keysOfPynetdicom: (readonly string[])[] = [
  ["QueryRetrieveLevel=PATIENT", "PatientName="],
  ["(0008,0052)=PATIENT", "(0010,0010)="],
  ["OtherPatientIDsSequence[2].PatientID=12345678"],
  ["PatientName="],
  ["(0010,0010)="],
  ["PatientName=Citizen^Jan"],
  ["(0010,0010)=Citizen^Jan"],
  ["Columns=1024"],
  ["AcquisitionIndex=1\\2\\3\\4"],
  ["FloatPixelData=0000803F"],
  ["TrackPointIndexList=01000000"],
  ["SelectorUNValue=00FF"],
  ["BeamSequence="],
  ["(300a,00b0)="],
  ["BeamSequence[0]="],
  ["BeamSequence[3]="],
  ["BeamSequence[0].PatientName=CITIZEN^Jan"],
  ["BeamSequence[0].BeamLimitingDeviceSequence[0].NumberOfLeafJawPairs=1"],
];

/** The examples of dicom-rs's manual; what it sends for them, by DCMTK's encoder. */
const keysOfDicomRs: { args: readonly string[]; dump: string }[] = [
  {
    args: ["-S", "--level", "STUDY", "-k", "AccessionNumber=A123"],
    dump: "(0008,0050) SH [A123]\n(0008,0052) CS [STUDY]\n",
  },
  {
    args: ["-P", "--level", "PATIENT", "-k", "PatientBirthDate=19901225"],
    dump: "(0008,0052) CS [PATIENT]\n(0010,0030) DA [19901225]\n",
  },
  {
    args: ["-S", "--level", "STUDY", "-k", "StudyInstanceUID=*"],
    dump: "(0008,0052) CS [STUDY]\n(0020,000d) UI [*]\n",
  },
  {
    args: ["--mwl", "-k", "ScheduledProcedureStepSequence.ScheduledProcedureStepStatus=ARRIVED"],
    dump:
      "(0040,0100) SQ\n(fffe,e000) na\n(0040,0020) CS [ARRIVED]\n(fffe,e00d) na\n(fffe,e0dd) na\n",
  },
  {
    args: ["-W", "-k", "ScheduledProcedureStepSequence.0040,0020=ARRIVED"],
    dump:
      "(0040,0100) SQ\n(fffe,e000) na\n(0040,0020) CS [ARRIVED]\n(fffe,e00d) na\n(fffe,e0dd) na\n",
  },
];

/** An acceptor that keeps what it is asked, as it came over the wire. */
class Recorder implements AsyncDisposable {
  readonly #asked: string[] = [];
  readonly #acceptor = Acceptor.listen({
    find: ({ sopClassUid, transferSyntaxUid, identifier }) => {
      this.#asked.push(`${sopClassUid} ${transferSyntaxUid} ${identifier.toHex()}`);
      return [];
    },
  });

  get port(): string {
    return String(this.#acceptor.port);
  }

  /** What was asked while something ran. */
  async during(run: () => Promise<{ code: number; stderr: string }>): Promise<string> {
    this.#asked.length = 0;
    const { code, stderr } = await run();
    assertEquals(code, 0, stderr);
    return this.#asked.join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#acceptor.close();
  }
}

const host = "127.0.0.1";

function keyOptions(keys: readonly string[]): string[] {
  return keys.flatMap((key) => ["-k", key]);
}

interopTest("find sends the same bytes as DCMTK's findscu for each form of its keys", [
  "dcmtk",
], async () => {
  await using recorder = new Recorder();
  for (const keys of keysOfDcmtk) {
    const words = ["-W", ...keyOptions(keys), host, recorder.port];
    const theirs = await recorder.during(() => dcmtk("findscu", ...words));
    const ours = await recorder.during(() => worklistd(["find", ...words]));
    assertEquals(ours, theirs, keys.join(" "));
  }
});

interopTest("find sends the same bytes as pynetdicom's findscu for each form of its keys", [
  "pynetdicom",
], async () => {
  await using recorder = new Recorder();
  for (const keys of keysOfPynetdicom) {
    const words = ["-P", ...keyOptions(keys), host, recorder.port];
    const theirs = await recorder.during(() => runPynetdicom(["findscu", ...words], "."));
    const ours = await recorder.during(() => worklistd(["find", ...words]));
    assertEquals(ours, theirs, keys.join(" "));
  }
});

interopTest("find sends what the examples of dicom-rs's manual mean", ["dcmtk"], async () => {
  await using recorder = new Recorder();
  const file = await Deno.makeTempFile({ suffix: ".dcm" });
  try {
    for (const { args, dump } of keysOfDicomRs) {
      const [model = "-W"] = args;
      await dumpToFile(dump, file);
      const theirs = await recorder.during(() =>
        dcmtk("findscu", model === "--mwl" ? "-W" : model, host, recorder.port, file)
      );
      const ours = await recorder.during(() =>
        worklistd(["find", `PACS@${host}:${recorder.port}`, ...args])
      );
      assertEquals(ours, theirs, args.join(" "));
    }
  } finally {
    await Deno.remove(file);
  }
});

interopTest("find overrides a query file by keys as DCMTK's findscu does", ["dcmtk"], async () => {
  await using recorder = new Recorder();
  const file = await Deno.makeTempFile({ suffix: ".dcm" });
  try {
    await dumpToFile(
      "(0008,0052) CS [PATIENT]\n(0010,0010) PN []\n(0010,0020) LO [P1]\n" +
        "(0040,0100) SQ\n(fffe,e000) na\n(0008,0060) CS [CT]\n(fffe,e00d) na\n(fffe,e0dd) na\n",
      file,
    );
    const keys = keyOptions([
      "(0010,0010)=HEWETT*",
      "(0040,0100)[0].ScheduledStationAETitle=CT1",
      "(0040,0100)[0].Modality=MR",
    ]);
    const words = ["-P", ...keys, host, recorder.port, file];
    const theirs = await recorder.during(() => dcmtk("findscu", ...words));
    const ours = await recorder.during(() => worklistd(["find", ...words]));
    assertEquals(ours, theirs);
  } finally {
    await Deno.remove(file);
  }
});
