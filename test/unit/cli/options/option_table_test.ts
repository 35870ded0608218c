import { assertEquals, assertThrows } from "@std/assert";
import { commandSpecs } from "../../../../src/cli/options/command_specs.ts";
import { echoSpec, findSpec } from "../../../../src/cli/options/find_options.ts";
import {
  optionsOf,
  parseArguments,
  tokensOf,
  UsageError,
} from "../../../../src/cli/options/option_table.ts";

function find(...args: string[]): ReturnType<typeof parseArguments<typeof findSpec>> {
  return parseArguments(findSpec, args);
}

Deno.test("parseArguments() takes every spelling of the originals for an option with a value", () => {
  for (const spelling of ["-aet", "--aetitle", "--calling-aet", "--calling-ae-title"]) {
    assertEquals(find(spelling, "ME").values["calling-ae-title"], "ME");
  }
  for (const spelling of ["-aec", "--call", "--called-aet", "--called-ae-title"]) {
    assertEquals(find(spelling, "PACS").values["called-ae-title"], "PACS");
  }
  for (const spelling of ["-pdu", "--max-pdu", "--max-pdu-length"]) {
    assertEquals(find(spelling, "16384").values["max-pdu"], 16384);
  }
  for (const spelling of ["-X", "-w", "--extract", "--write"]) {
    assertEquals(find(spelling).values.extract, true);
  }
});

Deno.test("parseArguments() takes dicom-rs's time-outs and DCMTK's random seeds", () => {
  assertEquals(find("--read-timeout", "5").values["network-timeout"], 5000);
  const { notes, words } = find(
    "--write-timeout",
    "5",
    "+rs",
    "f",
    "+ws",
    "+wf",
    "f",
    "ris",
    "104",
  );
  assertEquals(words, ["ris", "104"]);
  assertEquals(notes.map((note) => note.split(": ")[0]), [
    "--write-timeout has no effect",
    "+rs has no effect",
    "+ws has no effect",
    "+wf has no effect",
  ]);
});

Deno.test("parseArguments() lets the rightmost of options win that exclude each other", () => {
  assertEquals(find("-W", "-S").values.model, "study");
  assertEquals(find("-S", "--model", "ups", "-P").values.model, "patient");
  assertEquals(
    find("-xi", "-xb").values["transfer-syntaxes"],
    find("-xb").values["transfer-syntaxes"],
  );
  assertEquals(find("-rc", "-ic").values["tls-verify"], "none");
  assertEquals(find("-u", "+u").values["new-vrs"], "on");
  assertEquals(find("-tls", "--tls").values.transport, "anonymous");
  assertEquals(find("+tls", "me.key", "me.pem", "-tls").values.transport, "tcp");
  assertEquals(find("+tla", "+tls", "me.key", "me.pem").values.transport, "identity");
});

Deno.test("parseArguments() keeps the order of options that may be given again", () => {
  assertEquals(find("-k", "A", "--key=B=1", "-kC").values.key, ["A", "B=1", "C"]);
});

Deno.test("parseArguments() reads times in seconds, as the originals, or with a unit", () => {
  assertEquals(find("-to", "2.5").values["connect-timeout"], 2500);
  assertEquals(find("-ta", "1m30s").values["associate-timeout"], 90_000);
  assertEquals(find("-td", "250ms").values["response-timeout"], 250);
  assertEquals(find("-ts", "0").values["network-timeout"], 86_400_000);
});

Deno.test("parseArguments() takes two words for +tls", () => {
  assertEquals(find("+tls", "me.key", "me.pem", "host", "104").values["tls-identity"], [
    "me.key",
    "me.pem",
  ]);
  assertEquals(find("+tls", "me.key", "me.pem", "host", "104").words, ["host", "104"]);
});

Deno.test("parseArguments() leaves what stands behind -- and a lone - alone", () => {
  assertEquals(find("-v", "-", "--", "-q", "--help").words, ["-", "-q", "--help"]);
});

Deno.test("parseArguments() tells what it accepted without effect", () => {
  const { notes, words } = find("+cl", "9", "-pem", "host");
  assertEquals(words, ["host"]);
  assertEquals(notes, [
    "+cl has no effect: identifiers are deflated at zlib's default level",
    "-pem has no effect: PEM and DER are recognised by the content of the file",
  ]);
});

const refusals: [args: string[], message: string][] = [
  [["--colums", "A"], "unknown option --colums of find; did you mean --columns?"],
  [["--formt", "csv"], "unknown option --formt of find; did you mean --format?"],
  [["-aet"], "-aet needs AET"],
  [["+tls", "key.pem"], "+tls needs KEY CERT"],
  [["--format", "xml"], "--format must be one of dump, json, ndjson, table, csv"],
  [["--repeat", "0"], "--repeat must be a whole number, 1 or more"],
  [["--repeat", "1e3"], "--repeat must be a whole number, 1 or more"],
  [["-pdu", "131073"], "-pdu must be a whole number, 0 to 131072"],
  [["-td", "soon"], "-td: not a duration: write a number and a unit, such as 10s, 1m30s or 3d"],
  [["--verbose=yes"], "--verbose takes no value"],
  [["--worklist=yes"], "--worklist takes no value"],
  [
    ["+dp", "dh.pem"],
    "+dp is not possible: the TLS stack uses elliptic curves only, which need no DH parameters; " +
    "leave it out, and put stunnel in front of a peer that needs DH",
  ],
];
for (const [args, message] of refusals) {
  Deno.test(`parseArguments() refuses ${args.join(" ")}`, () => {
    assertThrows(() => find(...args), UsageError, message);
  });
}

Deno.test("option tables have no token twice in a command, and a help text for each", () => {
  for (const spec of commandSpecs) {
    const seen = new Set<string>();
    for (const option of optionsOf(spec)) {
      const presets = option.presets ?? [];
      for (const token of [...tokensOf(option), ...presets.flatMap(({ tokens }) => tokens)]) {
        assertEquals(seen.has(token), false, `${spec.name} ${token}`);
        seen.add(token);
      }
      const helps = [option.help, ...presets.map(({ help }) => help)].filter((help) => help !== "");
      assertEquals(helps.length > 0, true, `${spec.name} --${option.name}`);
    }
  }
});

Deno.test("option tables parse each of their examples", () => {
  for (const spec of commandSpecs) {
    for (const [command] of spec.examples ?? []) {
      const words = command.replace(/ \| jq$/, "").split(" ").slice(1);
      parseArguments(spec, words.map((word) => word.replaceAll("'", "")));
    }
  }
});

Deno.test("echo has all options of find for associations and TLS", () => {
  const ofEcho = optionsOf(echoSpec).map(({ name }) => name);
  for (const { heading, options } of findSpec.groups) {
    if (!["Association", "TLS", "User identity"].includes(heading)) continue;
    for (const { name } of options) assertEquals(ofEcho.includes(name), true, name);
  }
});

Deno.test("parseArguments() takes the rightmost of options that exclude each other", () => {
  const password = (...args: string[]): unknown[] => {
    const { values } = parseArguments(echoSpec, args);
    return [
      values["tls-password-file"],
      values["tls-password-env"],
      values["tls-password"],
      values["tls-password-prompt"],
    ];
  };
  assertEquals(password("+pw", "x", "+ps"), [undefined, undefined, undefined, true]);
  assertEquals(password("+ps", "+pw", "x"), [undefined, undefined, "x", false]);
  assertEquals(password("+pw", "x", "-pw"), [undefined, undefined, "", false]);
  assertEquals(password("--tls-password-env", "X", "--tls-password-file", "f", "-pw"), [
    undefined,
    undefined,
    "",
    false,
  ]);
  assertEquals(password("-pw", "--tls-password-env", "X"), [undefined, "X", undefined, false]);
  const level = (...args: string[]): unknown[] => {
    const { quiet, verbose, debug, "log-level": named } = find(...args).values;
    return [quiet, verbose, debug, named];
  };
  assertEquals(level("-d", "-v"), [false, true, false, undefined]);
  assertEquals(level("-v", "-ll", "error", "-q"), [true, false, false, undefined]);
  assertEquals(level("-q", "-ll", "error"), [false, false, false, "error"]);
});
