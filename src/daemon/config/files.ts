/**
 * The files that a configuration names, as the schema sees them.
 *
 * @module
 */
import { parseFolderTemplate } from "../../deliver/folder_template.ts";
import { type CaFile, readCaFolder } from "../../network/tls.ts";
import { checkPlainText, type Part, text } from "./scalars.ts";

/** Finds and reads the files that a configuration names. */
export interface ConfigFiles {
  /** Makes a path absolute: relative ones are relative to the configuration file. */
  resolve(path: string): string;
  /** Reads a file of text; throws an `Error` that says why it cannot, and never what is in the file. */
  read(path: string): string;
  /** Reads a file as it is, or all files of a folder in the order of their names. */
  readAll(path: string): readonly Uint8Array[];
  /** Reads the files of a folder, as far as they can be read; undefined if the path is not one. */
  readFolder?(path: string): readonly CaFile[] | undefined;
}

/** Certificates of authorities, and what of their folder is none. */
export interface Authorities {
  readonly contents: readonly Uint8Array[];
  /** For each file that is passed over, its path and the reason. */
  readonly passedOver: readonly string[];
}

/** The parts of the schema that stand for files. */
export interface FileParts {
  /** The absolute path of a file or folder. */
  readonly path: Part<string>;
  /** The absolute path of folders that depend on an item. */
  readonly folderTemplate: Part<string>;
  /** The trimmed text of a file, such as a token. */
  readonly contents: Part<string>;
  /** The text of a PEM file, or of all the PEM files of a folder. */
  readonly pem: Part<string>;
  /** The content of a certificate or key file, PEM or DER. */
  readonly credential: Part<Uint8Array>;
  /** The content of a file of certificates, PEM or DER, or of those of a folder. */
  readonly authorities: Part<Authorities>;
  /** The value read from the trimmed text of a file. */
  contentsAs<T>(read: (text: string) => T): Part<T>;
}

/**
 * Makes the parts of the schema that stand for files.
 *
 * @param files Finds and reads them.
 * @returns The parts.
 */
export function fileParts(files: ConfigFiles): FileParts {
  const contentsAs = <T>(read: (text: string) => T): Part<T> =>
    text((path) => {
      const contents = files.read(files.resolve(checkPlainText(path))).trim();
      if (contents === "") throw new SyntaxError("the file is empty");
      return read(contents);
    });
  return {
    path: text((path) => {
      if (path.includes("${")) {
        throw new SyntaxError("only the path of a worklist-folder may depend on an item by ${…}");
      }
      return files.resolve(checkPlainText(path));
    }),
    folderTemplate: text((path) => {
      const template = files.resolve(checkPlainText(path));
      parseFolderTemplate(template);
      return template;
    }),
    contents: contentsAs((contents) => contents),
    credential: text((given) => {
      const path = files.resolve(checkPlainText(given));
      if (files.readFolder?.(path) !== undefined) throw new SyntaxError(`${path} is a folder`);
      const [content] = files.readAll(path);
      if (content === undefined) throw new SyntaxError(`${path} is empty`);
      return content;
    }),
    authorities: text((given) => {
      const path = files.resolve(checkPlainText(given));
      const folder = files.readFolder?.(path);
      if (folder === undefined) return { contents: files.readAll(path), passedOver: [] };
      const { ca, passedOver } = readCaFolder(folder);
      return { contents: ca, passedOver };
    }),
    pem: text((path) => {
      const contents = files.readAll(files.resolve(checkPlainText(path)));
      const pem = contents.map((bytes) => new TextDecoder().decode(bytes)).join("\n");
      if (!pem.includes("-----BEGIN ")) throw new SyntaxError("there is no PEM block in it");
      return pem;
    }),
    contentsAs,
  };
}
