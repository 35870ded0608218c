/**
 * Configurations for tests, from YAML as a user writes it.
 *
 * @module
 */
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { type Config, parseConfig } from "../../src/daemon/config.ts";

/** Reads a configuration whose relative paths are in a folder. */
export function configIn(folder: string, yaml: string): Promise<Config> {
  return parseConfig(`${folder}/worklistd.yaml`, yaml, {
    resolve: (path) => path.startsWith("/") ? path : `${folder}/${path}`,
    read: (path) => Deno.readTextFileSync(path),
    readAll: (path) => [Deno.readFileSync(path)],
    environment: () => undefined,
    timeZone: "UTC",
  });
}

/** A scheduled procedure step as a worklist server has it. */
export function step(
  id: string,
  options: { name?: string; time?: string; modality?: string } = {},
): DataSet {
  const { name = "Doe^Jane", time = "080000", modality = "CT" } = options;
  return new DataSet([
    element(Tag.StudyInstanceUID, [`1.2.3.${id}`]),
    element(Tag.PatientName, [name]),
    element(Tag.PatientID, [`P${id}`]),
    element(Tag.ScheduledProcedureStepSequence, [
      new DataSet([
        element(Tag.Modality, [modality]),
        element(Tag.ScheduledStationAETitle, ["CT1"]),
        element(Tag.ScheduledProcedureStepStartDate, ["20261121"]),
        element(Tag.ScheduledProcedureStepStartTime, [time]),
        element(Tag.ScheduledProcedureStepID, [`S${id}`]),
      ]),
    ]),
  ]);
}
