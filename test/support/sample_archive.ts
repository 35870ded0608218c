/**
 * A small archive of synthetic patients for tests against foreign Query/Retrieve servers, encoded by
 * DCMTK's `dump2dcm`: two patients, three studies, five series, eight images, one name beyond ASCII.
 *
 * @module
 */
import { dumpToFile } from "./foreign.ts";

const root = "1.2.826.0.1.3680043.10.1234";
const secondaryCapture = "1.2.840.10008.5.1.4.1.1.7";

interface SampleImage {
  patientId: string;
  patientName: string;
  study: number;
  series: number;
  instance: number;
  modality: string;
  studyDate: string;
}

const images: readonly SampleImage[] = [
  image("P-1", "TESTCASE^ANNA", 1, 1, 1, "CT", "20240101"),
  image("P-1", "TESTCASE^ANNA", 1, 1, 2, "CT", "20240101"),
  image("P-1", "TESTCASE^ANNA", 1, 2, 1, "SR", "20240101"),
  image("P-1", "TESTCASE^ANNA", 2, 3, 1, "MR", "20240215"),
  image("P-1", "TESTCASE^ANNA", 2, 3, 2, "MR", "20240215"),
  image("P-2", "TESTCASE^JÖRG", 3, 4, 1, "CR", "20240703"),
  image("P-2", "TESTCASE^JÖRG", 3, 5, 1, "CR", "20240703"),
  image("P-2", "TESTCASE^JÖRG", 3, 5, 2, "CR", "20240703"),
];

function image(
  patientId: string,
  patientName: string,
  study: number,
  series: number,
  instance: number,
  modality: string,
  studyDate: string,
): SampleImage {
  return { patientId, patientName, study, series, instance, modality, studyDate };
}

/**
 * Writes the sample images into a folder.
 *
 * @returns The paths of the files.
 */
export async function writeSampleArchive(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const sample of images) {
    const path = `${folder}/${sample.study}-${sample.series}-${sample.instance}.dcm`;
    await dumpToFile(dumpOf(sample), path);
    paths.push(path);
  }
  return paths;
}

function dumpOf(sample: SampleImage): string {
  const study = `${root}.${sample.study}`;
  const series = `${study}.${sample.series}`;
  return [
    "(0008,0005) CS [ISO_IR 192]",
    `(0008,0016) UI [${secondaryCapture}]`,
    `(0008,0018) UI [${series}.${sample.instance}]`,
    `(0008,0020) DA [${sample.studyDate}]`,
    "(0008,0030) TM [101530]",
    `(0008,0050) SH [A${sample.study}]`,
    `(0008,0060) CS [${sample.modality}]`,
    "(0008,0064) CS [WSD]",
    "(0008,0090) PN [REFERRER^RITA]",
    `(0008,1030) LO [Study ${sample.study}]`,
    `(0010,0010) PN [${sample.patientName}]`,
    `(0010,0020) LO [${sample.patientId}]`,
    "(0010,0030) DA [19901225]",
    "(0010,0040) CS [F]",
    `(0020,000d) UI [${study}]`,
    `(0020,000e) UI [${series}]`,
    `(0020,0010) SH [S${sample.study}]`,
    `(0020,0011) IS [${sample.series}]`,
    `(0020,0013) IS [${sample.instance}]`,
    "(0028,0002) US 1",
    "(0028,0004) CS [MONOCHROME2]",
    "(0028,0010) US 1",
    "(0028,0011) US 2",
    "(0028,0100) US 8",
    "(0028,0101) US 8",
    "(0028,0102) US 7",
    "(0028,0103) US 0",
    "(7fe0,0010) OB 00\\ff",
    "",
  ].join("\n");
}
