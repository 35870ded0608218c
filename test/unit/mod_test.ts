import { assertEquals } from "@std/assert";
import * as face from "../../src/mod.ts";
import { reachOf, readSourceTree } from "../support/source_tree.ts";

const files = readSourceTree(["src"]);

Deno.test("the library's face has these names and no others", () => {
  assertEquals(Object.keys(face).sort(), [
    "AssociationAbortedError",
    "AssociationRejectedError",
    "ConnectError",
    "DataElement",
    "DataSet",
    "DicomDecodeError",
    "DicomJsonError",
    "DicomTimeoutError",
    "DimseStatusError",
    "IdentifierError",
    "PresentationContextError",
    "Priority",
    "SopClass",
    "Tag",
    "TlsCredentialError",
    "TlsError",
    "TransferSyntax",
    "WorklistdError",
    "associate",
    "decodeDataSet",
    "decodeJson",
    "decodePart10",
    "defaultDataSetLimits",
    "defaultMatchLimits",
    "defaultTimeouts",
    "echo",
    "element",
    "encodeDataSet",
    "encodeJson",
    "encodePart10",
    "find",
    "formatKeyPath",
    "formatStatus",
    "formatTag",
    "getAt",
    "isRetriable",
    "lookupKeyword",
    "lookupTag",
    "parseJson",
    "parseKeyPath",
    "parseTag",
    "setAt",
    "tagHex",
  ]);
});

Deno.test("the face exports every error class of the layers that it shows", () => {
  const reached = new Set(reachOf(files).get("src/mod.ts"));
  const classes = files.filter(({ path }) => reached.has(path)).flatMap(({ text }) =>
    [...text.matchAll(/^export (?:abstract )?class (\w+Error) /gm)].map(([, name = ""]) => name)
  );
  assertEquals(classes.filter((name) => !(name in face)), []);
});

Deno.test("every exported error class of src is a WorklistdError and keeps its own kind", () => {
  const bare = files.flatMap(({ path, text }) =>
    [...text.matchAll(/^export class (\w+(?:Error|Failure)) extends (\w+) \{\n(.*)\n/gm)]
      .filter(([, , base = "", next = ""]) =>
        base === "Error" || base === "SyntaxError" && next !== "  static {"
      )
      .map(([, name]) => `${path}: ${name}`)
  );
  assertEquals(bare, []);

  const decoding = new face.DicomDecodeError("data set", "it is cut off", { offset: 8 });
  const connecting = new face.TlsError({ host: "ris", port: 104 }, "no common version");
  assertEquals(decoding instanceof face.WorklistdError, true);
  assertEquals(decoding instanceof SyntaxError, true);
  assertEquals(connecting instanceof face.WorklistdError, true);
  assertEquals(connecting instanceof face.ConnectError, true);
  assertEquals(connecting instanceof face.DicomTimeoutError, false);
  assertEquals(decoding instanceof face.ConnectError, false);
  for (const other of [new Error("x"), new SyntaxError("x"), null, undefined, "text"]) {
    assertEquals(other instanceof face.WorklistdError, false);
  }
  assertEquals(Object.keys(decoding), ["name", "structure", "offset", "tag"]);
});

Deno.test("find() and echo() load nothing from npm and nothing of a worklist's state", () => {
  const reached = ["src/mod.ts", ...reachOf(files).get("src/mod.ts") ?? []];
  const bare = files.filter(({ path }) => reached.includes(path)).flatMap(({ path, text }) =>
    [...text.matchAll(/^(?:import|export)\b[^;]*? from "([^."][^"]*)"/gm)]
      .filter(([, name = ""]) => !name.startsWith("node:"))
      .map(([, name]) => `${path}: ${name}`)
  );
  assertEquals(bare, []);
  assertEquals(
    reached.filter((path) => /^src\/(?:worklist|deliver|serve|daemon)\//.test(path)),
    [],
  );
});
