/**
 * The files of the status page, as they are served.
 *
 * @module
 */
import { hash } from "node:crypto";
import presentation from "../presentation.js" with { type: "text" };

/** A file. */
export interface PageFile {
  /** Its media type. */
  readonly type: string;
  readonly text: string;
  /** Changes with the text. */
  readonly etag: string;
}

const script = "text/javascript; charset=utf-8";

/** The files by path. */
export const pageFiles: ReadonlyMap<string, PageFile> = new Map([
  file("/page/presentation.js", script, presentation),
]);

function file(path: string, type: string, text: string): [string, PageFile] {
  return [path, { type, text, etag: `"${hash("sha256", text, "hex").slice(0, 32)}"` }];
}
