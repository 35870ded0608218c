/**
 * Data sets as a test case writes them: key paths and values, DICOM JSON, or a dump.
 *
 * @module
 */
import { isMap } from "../base/is_map.ts";
import { DataSet, element } from "../dicom/data_set.ts";
import { decodeDataSet } from "../dicom/decode.ts";
import { parseDump } from "../dicom/dump/dump_parse.ts";
import { encodeDataSet } from "../dicom/encode.ts";
import { type DicomJson, encodeJson } from "../dicom/json/json.ts";
import { decodeJson } from "../dicom/json/json_decode.ts";
import { Tag } from "../dicom/tag.ts";
import { chooseCharacterSet } from "../dicom/text/text.ts";
import { TransferSyntax } from "../dicom/uid.ts";
import type { KeyProblem } from "../query/query_definition.ts";
import { setKey } from "../query/key_value.ts";
import { hasContent, saysNothing } from "../query/match_content.ts";
import { writtenKeys } from "../query/resolve_keys.ts";
import type { ReceivedMatch } from "../worklist/judge/answer.ts";
import { readableKeys } from "../daemon/config/keys.ts";
import { didYouMean, type Problem } from "../daemon/config/problems.ts";

type Path = Problem["path"];

/** A match of a canned answer. */
export interface CannedMatch {
  /** The data set; `undefined` for a match that cannot be decoded. */
  readonly dataSet: DataSet | undefined;
  /** The match as if it had been received. */
  readonly received: ReceivedMatch;
}

/** Forms that give a data set as a whole. */
const wholeForms = ["json", "dump"] as const;
type WholeForm = typeof wholeForms[number];

const transferSyntaxUid = TransferSyntax.ExplicitVrLittleEndian;
/** An element that is longer than the rest of the data set. */
const undecodableBytes = Uint8Array.of(0x10, 0x00, 0x10, 0x00, 0x50, 0x4e, 0xff, 0x00);

/** Reads the data sets of one file of cases. */
export class CannedDataSets {
  readonly #named: Readonly<Record<string, unknown>>;
  readonly #problems: Problem[];

  /**
   * @param named The data sets that have names in the file.
   * @param problems Receives the problems.
   */
  constructor(named: Readonly<Record<string, unknown>>, problems: Problem[]) {
    this.#named = named;
    this.#problems = problems;
    for (const name of Object.keys(named)) this.read(named[name], ["data_sets", name]);
  }

  /**
   * Reads a match.
   *
   * @param written The name of a data set, or a map.
   * @param path The path in the file.
   * @returns The match. If there are problems, it has the parts that could be read.
   */
  read(written: unknown, path: Path): CannedMatch {
    if (isMap(written) && written["undecodable"] === true && Object.keys(written).length === 1) {
      return { dataSet: undefined, received: receivedOf(undecodableBytes) };
    }
    const dataSet = this.#build(written, path, []);
    try {
      return { dataSet, received: receivedOf(encoded(dataSet)) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#problems.push({ path, message: error.message });
      return { dataSet, received: receivedOf(new Uint8Array(0)) };
    }
  }

  #build(written: unknown, path: Path, within: readonly string[]): DataSet {
    if (typeof written === "string") return this.#lookUp(written, path, within);
    if (!isMap(written)) {
      this.#problems.push({ path, message: "must be the name of a data set, or a map" });
      return new DataSet();
    }
    const whole = wholeForms.find((form) => written[form] !== undefined);
    if (whole !== undefined) return this.#buildWhole(written, whole, path);
    const { base, ...keys } = written;
    const dataSet = base === undefined
      ? new DataSet()
      : this.#lookUp(String(base), [...path, "base"], within);
    this.#setAll(dataSet, keys, path);
    return dataSet;
  }

  #buildWhole(written: Record<string, unknown>, form: WholeForm, path: Path): DataSet {
    for (const other of Object.keys(written)) {
      if (other === form) continue;
      const message = `is not read beside ${form}: give that a name, and make it the base of this`;
      this.#problems.push({ path: [...path, other], message, atKey: true });
    }
    try {
      const { json, dump } = written;
      if (form === "json") return decodeJson(json as DicomJson);
      if (typeof dump === "string") return parseDump(dump);
      throw new SyntaxError("must be text, as dcmdump prints it");
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#problems.push({ path: [...path, form], message: error.message });
      return new DataSet();
    }
  }

  #lookUp(name: string, path: Path, within: readonly string[]): DataSet {
    if (within.includes(name)) {
      this.#problems.push({ path, message: `"${name}" is based on itself` });
      return new DataSet();
    }
    if (!Object.hasOwn(this.#named, name)) {
      const hint = didYouMean(name, Object.keys(this.#named));
      this.#problems.push({ path, message: `there is no "${name}" in data_sets${hint}` });
      return new DataSet();
    }
    return this.#build(this.#named[name], ["data_sets", name], [...within, name]);
  }

  #setAll(dataSet: DataSet, written: Readonly<Record<string, unknown>>, at: Path): void {
    const problems: KeyProblem[] = [];
    const unreadable: Problem[] = [];
    const keys = readableKeys(numbered(written), [], unreadable);
    for (const { path, trail, text } of writtenKeys(keys, [], problems)) {
      try {
        setKey(dataSet, path, text);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        problems.push({ path: trail, message: error.message });
      }
    }
    for (const { path, message } of [...unreadable, ...problems]) {
      this.#problems.push({ path: [...at, ...path.flatMap(steps)], message });
    }
  }
}

/** Writes a list of maps, the items of a sequence, as separate keys: `Sequence[0]`, `Sequence[1]`. */
function numbered(keys: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(keys).flatMap(([name, value]): [string, unknown][] => {
      if (isMap(value)) return [[name, numbered(value)]];
      const isItems = Array.isArray(value) && value.length > 0 && value.every(isMap);
      if (!isItems) return [[name, value]];
      return value.map((item, index) => [`${name}[${index}]`, numbered(item)]);
    }),
  );
}

/** The path in the file for a name that {@linkcode numbered} wrote. */
function steps(name: string | number): (string | number)[] {
  if (typeof name === "number") return [name];
  const [, sequence, index] = /^(.*)\[(\d+)\]$/.exec(name) ?? [];
  return sequence === undefined ? [name] : [sequence, Number(index)];
}

function encoded(dataSet: DataSet): Uint8Array {
  if (!dataSet.has(Tag.SpecificCharacterSet)) {
    const terms = chooseCharacterSet([encodeJson(dataSet)]);
    if (terms.length > 0) dataSet.set(element(Tag.SpecificCharacterSet, terms));
  }
  return encodeDataSet(dataSet, transferSyntaxUid);
}

function receivedOf(bytes: Uint8Array): ReceivedMatch {
  return {
    bytes,
    transferSyntaxUid,
    decode: () => {
      const dataSet = decodeDataSet(bytes, transferSyntaxUid);
      if (!hasContent(dataSet)) throw saysNothing();
      return dataSet;
    },
  };
}
