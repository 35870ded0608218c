// Touches the world: through the acceptor.
/**
 * A C-FIND service over data sets in memory, which may be added, changed and removed while it runs: for `demo`,
 * tests and benches.
 *
 * PS3.4 Annex K. It matches by all rules of `match.ts` and returns the requested attributes (section
 * K.4.1.3). Data sets with a Query/Retrieve Level serve the models of Annex C at that level.
 *
 * @module
 */

import { DataSet, element } from "../dicom/data_set.ts";
import { decodeDataSet } from "../dicom/decode.ts";
import { encodeDataSet } from "../dicom/encode.ts";
import { DicomDecodeError } from "../dicom/errors.ts";
import { Tag } from "../dicom/tag.ts";
import { SopClass } from "../dicom/uid.ts";
import { compileMatcher, type MatchOptions } from "../worklist/match/match.ts";
import { Acceptor, type AcceptorOptions } from "./acceptor.ts";
import { FindFailure, type FindIndication } from "./find_handler.ts";

/** The options of {@linkcode serveWorklist}: those of the acceptor, without its function. */
export interface WorklistScpOptions extends Omit<AcceptorOptions, "find"> {
  /** The data sets to serve; an empty map if left out. */
  readonly items?: Map<string, DataSet> | undefined;
}

/** A running service. */
export interface WorklistScp extends AsyncDisposable {
  /** The address of the listener. */
  readonly host: string;
  /** The port of the listener. */
  readonly port: number;
  /**
   * The data sets, by any names, answered in this order. They may be changed at any time. Text outside ASCII
   * needs its Specific Character Set.
   */
  readonly items: Map<string, DataSet>;
}

/**
 * Serves a worklist until it is disposed of.
 *
 * @example Usage
 * ```ts
 * import { DataSet, element } from "../dicom/data_set.ts";
 * import { serveWorklist } from "./worklist_scp.ts";
 *
 * await using ris = serveWorklist({ aeTitle: "RIS" });
 * ris.items.set("step 1", new DataSet([element(0x00100010, ["Doe^Jane"])]));
 * ```
 *
 * @param options The address and the AE title.
 */
export function serveWorklist(options: WorklistScpOptions = {}): WorklistScp {
  const { items = new Map<string, DataSet>() } = options;
  const acceptor = Acceptor.listen({
    ...options,
    find: (indication) => answersTo(indication, items.values()),
  });
  return {
    host: acceptor.host,
    port: acceptor.port,
    items,
    [Symbol.asyncDispose]: () => acceptor.close(),
  };
}

/**
 * Selects the attributes of a data set that an identifier requests.
 *
 * PS3.4 section K.4.1.1.3.2. Absent attributes are returned empty. Of a sequence only the items that match
 * are returned, with the requested attributes, or whole if none was named.
 *
 * @param dataSet A data set that matches.
 * @param identifier The request.
 * @param options The options for reading keys.
 */
export function selectRequested(
  dataSet: DataSet,
  identifier: DataSet,
  options: MatchOptions = {},
): DataSet {
  const selected = selectItem(dataSet, identifier, options);
  selected.delete(Tag.SpecificCharacterSet);
  const terms = dataSet.characterSet;
  if (terms.length > 0) selected.set(element(Tag.SpecificCharacterSet, terms));
  return selected;
}

const missingIdentifier = 0xA900;
const unableToProcess = 0xC000;

function* answersTo(
  { identifier: bytes, transferSyntaxUid, sopClassUid }: FindIndication,
  items: Iterable<DataSet>,
): Generator<Uint8Array> {
  const identifier = decodeRequest(bytes, transferSyntaxUid);
  const isWorklist = sopClassUid === SopClass.ModalityWorklistInformationModelFind;
  const options: MatchOptions = { combineDateAndTime: isWorklist };
  const unmatched = compileMatcher(identifier, options);
  const level = identifier.string(Tag.QueryRetrieveLevel);
  // A copy of the list, because items may change while the answer is sent.
  for (const item of [...items]) {
    if (item.string(Tag.QueryRetrieveLevel) !== level || unmatched(item)) continue;
    yield encodeDataSet(selectRequested(item, identifier, options), transferSyntaxUid);
  }
}

function decodeRequest(bytes: Uint8Array, transferSyntaxUid: string): DataSet {
  if (bytes.length === 0) throw new FindFailure(missingIdentifier, "no identifier");
  try {
    return decodeDataSet(bytes, transferSyntaxUid);
  } catch (error) {
    if (!(error instanceof DicomDecodeError)) throw error;
    throw new FindFailure(unableToProcess, "the identifier cannot be decoded");
  }
}

function selectItem(dataSet: DataSet, identifier: DataSet, options: MatchOptions): DataSet {
  const selected = new DataSet();
  for (const key of identifier.elements()) {
    const found = dataSet.get(key.tag);
    const [asked] = key.items;
    if (!found) {
      selected.set(element(key.tag, [], key.vr));
    } else if (!asked || asked.size === 0) {
      selected.set(found);
    } else {
      const unmatched = compileMatcher(asked, options);
      const items = found.items.filter((item) => !unmatched(item));
      selected.set(
        element(key.tag, items.map((item) => selectItem(item, asked, options)), "SQ"),
      );
    }
  }
  return selected;
}
