/**
 * A worklist server with the oddities of real ones.
 *
 * @module
 */
import type { DataSet } from "../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { Acceptor } from "../../src/serve/acceptor.ts";
import type { FindIndication } from "../../src/serve/find_handler.ts";
import { compileMatcher } from "../../src/worklist/match/match.ts";

/** What is odd about it. */
export interface Oddities {
  /** Returns everything, whatever was asked. */
  ignoresKeys?: boolean;
  /** Returns no more matches than this, and says that these are all. */
  cutsAt?: number;
  /** Takes a sequence that is asked for, with an item of empty keys, for a demand that it exist. */
  demandsSequences?: boolean;
}

/** A running server. */
export interface OddWorklist extends AsyncDisposable {
  readonly port: number;
  readonly items: Map<string, DataSet>;
  readonly oddities: Oddities;
  /** Requests so far. */
  readonly requests: () => number;
  /** Associations so far. */
  readonly associations: () => number;
}

function hasSequences(item: DataSet, keys: DataSet): boolean {
  for (const { tag, vr, items: [asked] } of keys.elements()) {
    if (vr !== "SQ" || asked === undefined) continue;
    const found = item.get(tag)?.items ?? [];
    if (!found.some((one) => hasSequences(one, asked))) return false;
  }
  return true;
}

/** Starts a server. */
export function serveOddWorklist(oddities: Oddities): OddWorklist {
  const items = new Map<string, DataSet>();
  let requests = 0;
  let associations = 0;
  const acceptor = Acceptor.listen({
    find: (indication) => {
      requests++;
      return answers(indication);
    },
    trace: (event) => {
      if (event.kind === "pdu" && event.pdu.type === "A-ASSOCIATE-RQ") associations++;
    },
  });
  function* answers({ identifier, transferSyntaxUid }: FindIndication): Generator<Uint8Array> {
    const keys = decodeDataSet(identifier, transferSyntaxUid);
    const unmatched = compileMatcher(keys, { combineDateAndTime: true });
    let sent = 0;
    for (const item of items.values()) {
      if (!oddities.ignoresKeys && unmatched(item)) continue;
      if (oddities.demandsSequences && !hasSequences(item, keys)) continue;
      if (sent++ >= (oddities.cutsAt ?? Infinity)) return;
      yield encodeDataSet(item, transferSyntaxUid);
    }
  }
  return {
    port: acceptor.port,
    items,
    oddities,
    requests: () => requests,
    associations: () => associations,
    [Symbol.asyncDispose]: () => acceptor.close(),
  };
}
