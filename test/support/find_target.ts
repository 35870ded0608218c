/**
 * An acceptor for the tests of `find` and `echo` as commands: it serves the same few matches to every query and
 * remembers what it was asked.
 *
 * @module
 */
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { TransferSyntax } from "../../src/dicom/uid.ts";
import type { AAssociateRq, Pdu } from "../../src/network/pdu.ts";
import { Acceptor, type AcceptorOptions } from "../../src/serve/acceptor.ts";

/** A running acceptor. */
export interface FindTarget extends AsyncDisposable {
  readonly port: string;
  /** The association requests that came. */
  readonly requests: readonly AAssociateRq[];
  /** The PDU types that came, in order. */
  readonly received: readonly Pdu["type"][];
  /** The identifiers that came. */
  readonly identifiers: readonly DataSet[];
}

/** A data set of a patient with this name. */
export function patient(name: string, id: string = "P1"): DataSet {
  return new DataSet([
    element(Tag.SpecificCharacterSet, ["ISO_IR 192"]),
    element(Tag.PatientName, [name]),
    element(Tag.PatientID, [id]),
  ]);
}

/** Serves `matches` to every query; bytes as they are. */
export function serveMatches(
  matches: readonly (DataSet | Uint8Array)[],
  options: Omit<AcceptorOptions, "find" | "trace"> = {},
): FindTarget {
  const requests: AAssociateRq[] = [];
  const received: Pdu["type"][] = [];
  const identifiers: DataSet[] = [];
  const acceptor = Acceptor.listen({
    ...options,
    find: ({ identifier, transferSyntaxUid }) => {
      identifiers.push(decodeDataSet(identifier, transferSyntaxUid));
      return matches.map((match) =>
        match instanceof Uint8Array ? match : encodeDataSet(match, transferSyntaxUid)
      );
    },
    trace: (event) => {
      if (event.kind !== "pdu" || event.direction !== "received") return;
      received.push(event.pdu.type);
      if (event.pdu.type === "A-ASSOCIATE-RQ") requests.push(event.pdu);
    },
  });
  return {
    port: String(acceptor.port),
    requests,
    received,
    identifiers,
    [Symbol.asyncDispose]: () => acceptor.close(),
  };
}

/** Every transfer syntax that can be spoken, for `contexts` of an acceptor. */
export const allTransferSyntaxes: readonly string[] = Object.values(TransferSyntax);
