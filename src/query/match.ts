/**
 * A match of a C-FIND: as programs see it, and as this program uses it.
 *
 * @module
 */
import type { DataSet } from "../dicom/data_set.ts";
import { decodeDataSet, type DecodeOptions, outlineDataSet } from "../dicom/decode.ts";
import { DicomDecodeError } from "../dicom/errors.ts";
import type { Outline } from "../dicom/outline.ts";
import type { FindResponse } from "../network/association.ts";
import { hasContent, outlineHasContent, saysNothing } from "./match_content.ts";

/** One match, as encoded by the peer. It is decoded when its data set is read for the first time. */
export interface Match {
  /** The encoded Identifier; empty if the peer sent none, or if it was longer than the limit. */
  readonly bytes: Uint8Array;
  /** The UID of the transfer syntax in which `bytes` is encoded. */
  readonly transferSyntaxUid: string;
  /** The length of a match that was longer than the limit and dropped. It has no bytes and cannot be decoded. */
  readonly droppedBytes: number | undefined;
  /** True if the peer sent no Identifier, or one without a byte. Then it cannot be decoded. */
  readonly isEmpty: boolean;
  /**
   * The data set. Reading it throws a `DicomDecodeError` if the match cannot be decoded, or if it has no element
   * with a value.
   */
  readonly dataSet: DataSet;
}

/** A match with the ways of reading it that only this program needs. */
export class ReceivedMatch implements Match {
  /** The encoded identifier; it may be kept, unless matches are transient by `BatchOptions`. */
  readonly bytes: Uint8Array;
  readonly transferSyntaxUid: string;
  /** The length of a match that was longer than the limit and dropped: it has no bytes and cannot be decoded. */
  readonly droppedBytes: number | undefined;
  readonly #decoding: DecodeOptions;
  #dataSet: DataSet | undefined;

  /** Made by `find`. */
  constructor(
    { dataSet, transferSyntaxUid, droppedBytes }: FindResponse,
    decoding: DecodeOptions,
  ) {
    this.bytes = dataSet;
    this.transferSyntaxUid = transferSyntaxUid;
    this.droppedBytes = droppedBytes;
    this.#decoding = decoding;
  }

  /** True if the peer sent no Identifier, or one without a byte: then it cannot be decoded. */
  get isEmpty(): boolean {
    return this.bytes.length === 0;
  }

  /**
   * The data set.
   *
   * @throws {DicomDecodeError} If it cannot be decoded, or says nothing.
   */
  get dataSet(): DataSet {
    return this.#dataSet ??= this.decode();
  }

  /**
   * Decodes the data set, and keeps nothing of it: for those who look at each of very many matches once.
   *
   * @returns The data set.
   * @throws {DicomDecodeError} If it cannot be decoded, or says nothing.
   */
  decode(): DataSet {
    if (this.isEmpty) throw this.#whyEmpty();
    const dataSet = decodeDataSet(this.bytes, this.transferSyntaxUid, this.#decoding);
    if (!hasContent(dataSet)) throw saysNothing();
    return dataSet;
  }

  /**
   * Finds out where the elements of the data set stand: for those who print very many matches.
   *
   * @param outline The outline to fill; it is valid as long as the match's bytes.
   * @throws {DicomDecodeError} If it cannot be decoded, or says nothing.
   */
  outline(outline: Outline): void {
    if (this.isEmpty) throw this.#whyEmpty();
    outlineDataSet(outline, this.bytes, this.transferSyntaxUid, this.#decoding);
    if (!outlineHasContent(outline)) throw saysNothing();
  }

  #whyEmpty(): DicomDecodeError {
    if (this.droppedBytes === undefined) return saysNothing();
    const message = `it has ${this.droppedBytes} bytes, more than a match may have`;
    return new DicomDecodeError("data set", message, { offset: 0 });
  }
}
