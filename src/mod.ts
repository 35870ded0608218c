// Touches the world: through the connections that find() and echo() open.
/**
 * DICOM queries for programs: C-FIND and C-ECHO, data sets, tags, and the association under them.
 *
 * {@linkcode find} asks a peer and yields its matches; {@linkcode echo} asks if a peer is there. Both open an
 * association of their own. {@linkcode associate} opens one for several operations.
 *
 * Every error that these functions throw on purpose is a {@linkcode WorklistdError}. A query that fails throws; it
 * never ends as a shorter list.
 *
 * @example Ask a worklist
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet, element, find, Tag } from "./mod.ts";
 * import { serveWorklist } from "./serve/worklist_scp.ts";
 *
 * await using ris = serveWorklist({ port: 0 });
 * ris.items.set("1", new DataSet([element(Tag.PatientName, ["DOE^JANE"])]));
 *
 * const peer = { host: "127.0.0.1", port: ris.port, aeTitle: "RIS", callingAeTitle: "CT1" };
 * const names: (string | undefined)[] = [];
 * for await (const match of find(peer, { model: "worklist", keys: { PatientName: "DOE*" } })) {
 *   names.push(match.dataSet.string(Tag.PatientName));
 * }
 * assertEquals(names, ["DOE^JANE"]);
 * ```
 *
 * @module
 */

// C-FIND and C-ECHO.
export { echo, type EchoResult } from "./query/echo.ts";
export { find } from "./query/find.ts";
export type {
  FindCounts,
  FindEnding,
  FindOptions,
  FindSummary,
  PreparedQuery,
} from "./query/find_batches.ts";
export type { CancelledEnd, CompleteEnd, LimitedEnd } from "./network/query_end.ts";
export type { Match } from "./query/match.ts";
export { defaultMatchLimits, type MatchLimits, type Peer, type PeerOptions } from "./query/peer.ts";

// Keys.
export { IdentifierError } from "./query/identifier_error.ts";
export {
  formatKeyPath,
  getAt,
  type KeyPath,
  type KeyPathStep,
  parseKeyPath,
  setAt,
} from "./query/key_path.ts";
export type { Level, ModelName } from "./query/model.ts";
export type { KeyProblem, Keys, KeyValue, QueryDefinition } from "./query/query_definition.ts";

// Data sets, tags and their encoding.
export { DataElement, DataSet, element, type Value } from "./dicom/data_set.ts";
export { decodeDataSet, type DecodeOptions } from "./dicom/decode.ts";
export { type DictionaryEntry, lookupKeyword, lookupTag } from "./dicom/dictionary/dictionary.ts";
export { encodeDataSet, type EncodeOptions } from "./dicom/encode.ts";
export { type DecodePosition, type DecodeWarning, DicomDecodeError } from "./dicom/errors.ts";
export {
  type DicomJson,
  type DicomJsonElement,
  type DicomJsonName,
  encodeJson,
} from "./dicom/json/json.ts";
export { decodeJson, DicomJsonError, parseJson } from "./dicom/json/json_decode.ts";
export { type DataSetLimits, defaultDataSetLimits } from "./dicom/limits.ts";
export { decodePart10, encodePart10, type Part10, type Part10Options } from "./dicom/part10.ts";
export { formatTag, parseTag, Tag, tagHex } from "./dicom/tag.ts";
export type { PlainValue } from "./dicom/origin.ts";
export type { CharacterSetPolicy } from "./dicom/text/character_set.ts";
export { SopClass, TransferSyntax } from "./dicom/uid.ts";
export type { Vr } from "./dicom/vr.ts";

// Associations.
export { associate, type AssociateOptions } from "./network/associate.ts";
export type { Association, FindEnd, FindRequest, FindResponse } from "./network/association.ts";
export { type CommandSet, type DimseMessage, Priority } from "./network/dimse.ts";
export type { Peculiarity } from "./network/message_assembler.ts";
export type {
  AcceptedContext,
  AssociationProposal,
  ProposedContext,
  RejectedContext,
} from "./network/negotiation.ts";
export type {
  AAbort,
  AAssociate,
  AAssociateAc,
  AAssociateRj,
  AAssociateRq,
  AReleaseRp,
  AReleaseRq,
  AsynchronousOperationsWindow,
  PDataTf,
  Pdu,
  PresentationContextAc,
  PresentationContextRq,
  PresentationDataValue,
  RoleSelection,
  SopClassCommonExtendedNegotiation,
  SopClassExtendedNegotiation,
  UserIdentityRq,
  UserInformation,
} from "./network/pdu.ts";
export type { ReleaseOutcome } from "./network/release.ts";
export { defaultTimeouts, type Timeouts } from "./network/timeouts.ts";
export type { PemOrDer, TlsInfo, TlsOptions } from "./network/tls.ts";

export type { Direction, Trace, TraceEvent } from "./network/trace.ts";

// Errors.
export { WorklistdError } from "./base/worklistd_error.ts";
export {
  AssociationAbortedError,
  type AssociationEnd,
  AssociationRejectedError,
  type AssociationState,
  ConnectError,
  DicomTimeoutError,
  DimseStatusError,
  type Endpoint,
  isRetriable,
  PresentationContextError,
  type TimeoutPhase,
  TlsCredentialError,
  TlsError,
} from "./network/errors.ts";
export { formatStatus, type StatusCategory } from "./network/status.ts";
