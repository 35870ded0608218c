/**
 * The options of `find` and `echo`.
 *
 * The aliases are the spellings of DCMTK's, pynetdicom's and dicom-rs's `findscu`, see docs/find.md.
 *
 * @module
 */
import {
  associationOptions,
  generalOptions,
  identityOptions,
  loggingOptions,
  tlsOptions,
} from "./association_options.ts";
import type { CommandSpec, OptionGroup, Values } from "./option_table.ts";

const modelOptions = {
  heading: "Information model",
  options: [
    {
      name: "model",
      kind: "text",
      value: "MODEL",
      choices: ["worklist", "patient", "study", "patient-study", "ups"],
      help: "",
      presets: [
        {
          tokens: ["-W", "--worklist", "--mwl"],
          value: "worklist",
          help: "modality worklist (the default)",
        },
        { tokens: ["-P", "--patient"], value: "patient", help: "patient root" },
        { tokens: ["-S", "--study"], value: "study", help: "study root" },
        { tokens: ["-O", "--psonly"], value: "patient-study", help: "patient/study only" },
        { tokens: ["-U", "--ups"], value: "ups", help: "unified procedure step, pull" },
      ],
    },
    {
      name: "level",
      kind: "text",
      value: "LEVEL",
      choices: ["PATIENT", "STUDY", "SERIES", "IMAGE"],
      help: "ask for matches of this level, as -k QueryRetrieveLevel=LEVEL:",
    },
  ],
} as const satisfies OptionGroup;

const queryOptions = {
  heading: "Query (later ones override: FILE, --query-file, --level, -k, --return)",
  options: [
    {
      name: "key",
      kind: "text",
      value: "PATH[=VALUE]",
      many: true,
      aliases: ["-k", "--keyword"],
      names: "keywords",
      help: "ask for an attribute, or match it; see below",
    },
    {
      name: "file",
      kind: "file",
      value: "FILE",
      many: true,
      aliases: ["-f"],
      help: "a query file, as FILE after PEER; each is one C-FIND",
    },
    {
      name: "query-file",
      kind: "file",
      value: "FILE",
      many: true,
      help: "lines of PATH=VALUE, # begins a comment; laid over each query file",
    },
    {
      name: "return",
      kind: "text",
      value: "LIST",
      many: true,
      help: "also ask for these key paths, with commas; `default`: all that the model returns. " +
        "Without a query file or key it is `default`",
    },
    {
      name: "timezone",
      kind: "text",
      value: "ZONE",
      help: "the zone of `today` and `now` in values (default: this machine's)",
    },
    {
      name: "dictionary",
      kind: "file",
      value: "FILE",
      many: true,
      help: "more attributes, in the format of DCMTK's dictionaries; as DCMDICTPATH",
    },
    {
      name: "new-vrs",
      kind: "text",
      value: "WHICH",
      choices: ["on", "off"],
      help: "",
      presets: [
        {
          tokens: ["+u", "--enable-new-vr"],
          value: "on",
          help: "send value representations newer than 1993 (the default)",
        },
        {
          tokens: ["-u", "--disable-new-vr"],
          value: "off",
          help: "send them as OB, for very old peers",
        },
      ],
    },
    {
      name: "print-query",
      kind: "flag",
      help: "print the query in the chosen format instead of sending it; needs no PEER",
    },
    {
      name: "save-query",
      kind: "file",
      value: "FILE",
      help: "save the query instead of sending it: .json as DICOM JSON, .dump or .txt as text, " +
        "else as a DICOM file",
    },
  ],
} as const satisfies OptionGroup;

const negotiationOptions = {
  heading: "Extended negotiation (the peer must agree, or it has no effect)",
  options: [
    { name: "relational-query", kind: "flag", help: "relational queries (not worklist, UPS)" },
    {
      name: "dt-matching",
      kind: "flag",
      help: "match date and time as one (a worklist does so in any case)",
    },
    { name: "fuzzy-names", kind: "flag", help: "fuzzy semantic matching of person names" },
    { name: "timezone-adj", kind: "flag", help: "time zone query adjustment" },
    {
      name: "enhanced-conversion",
      kind: "flag",
      help: "enhanced multi-frame image conversion (not worklist, UPS)",
    },
  ],
} as const satisfies OptionGroup;

const repetitionOptions = {
  heading: "How often and how much",
  options: [
    {
      name: "repeat",
      kind: "integer",
      value: "N",
      min: 1,
      help: "send each query N times over the same association",
    },
    {
      name: "max-match",
      kind: "size",
      value: "SIZE",
      help: "read no match that is longer, as 4MB (default: 64MiB; 0B: no limit)",
    },
    {
      name: "max-values",
      kind: "integer",
      value: "N",
      help: "read no match with more values in an element (default: 1000000; 0: no limit)",
    },
    {
      name: "cancel",
      kind: "integer",
      value: "N",
      min: 1,
      help: "cancel after N responses",
    },
  ],
} as const satisfies OptionGroup;

const outputOptions = {
  heading: "Output (on stdout)",
  options: [
    {
      name: "format",
      kind: "text",
      value: "FORMAT",
      choices: ["dump", "json", "ndjson", "table", "csv"],
      help: "how responses are printed (default: dump):",
    },
    {
      name: "columns",
      kind: "text",
      value: "LIST",
      help: "the key paths of --format table and csv, with commas (default: those of the query)",
    },
    {
      name: "color",
      kind: "text",
      value: "WHEN",
      choices: ["auto", "always", "never"],
      help: "colour (default: auto, on a terminal without NO_COLOR):",
    },
    {
      name: "extract",
      kind: "flag",
      aliases: ["-X", "-w", "--write"],
      help: "write each response to a DICOM file, rsp000001.dcm and so on, instead of printing it",
    },
    {
      name: "output-directory",
      kind: "folder",
      value: "DIR",
      aliases: ["-od"],
      help: "the folder for --extract (default: this one)",
    },
    {
      name: "limit-output",
      kind: "integer",
      needs: "extract",
      value: "N",
      aliases: ["-Xlo"],
      help: "write at most N files",
    },
    {
      name: "responses",
      kind: "text",
      value: "WHICH",
      choices: ["shown", "hidden"],
      help: "",
      presets: [
        {
          tokens: ["+sr", "--show-responses"],
          value: "shown",
          help: "print responses also with --extract",
        },
        {
          tokens: ["-sr", "--hide-responses"],
          value: "hidden",
          help: "do not print responses",
        },
      ],
    },
    {
      name: "extract-xml",
      kind: "refused",
      aliases: ["-Xx"],
      help: "responses are not written as XML; use --format json or ndjson, or --extract and " +
        "DCMTK's dcm2xml",
    },
    {
      name: "extract-xml-single",
      kind: "refused",
      aliases: ["-Xs"],
      words: 1,
      help: "responses are not written as XML; use --format json or ndjson, or --extract and " +
        "DCMTK's dcm2xml",
    },
    {
      name: "disable-correction",
      kind: "noted",
      aliases: ["-dc", "+dc", "--enable-correction"],
      help: "what a peer sends is read leniently and kept as it was sent",
    },
  ],
} as const satisfies OptionGroup;

const peerForms =
  "PEER is AET@HOST:PORT, HOST:PORT, HOST PORT, or the name of a peer in the file " +
  "given by --config. Write an IPv6 address in brackets: [::1]:104.";

/** `worklistd find`. */
export const findSpec = {
  name: "find",
  summary: "send a C-FIND and print what matches",
  operands: "peers",
  usage: ["find [options] PEER [FILE...]", "find [options] --print-query [FILE...]"],
  description: [
    peerForms,
    "FILE holds a query: a DICOM file or bare data set, DICOM JSON, the text that dump2dcm reads, " +
    "or lines of PATH=VALUE; - is stdin. @FILE anywhere is replaced by the arguments in FILE.",
    "PATH is a keyword or tag, `.` steps into a sequence, [n] names an item: PatientName, " +
    "(0010,0010), ScheduledProcedureStepSequence.Modality, (0040,0100)[0].Modality. Without =VALUE " +
    "the attribute is asked for. \\ parts several values; bytes are hexadecimal; Sequence= has no " +
    "item, Sequence[0]= one empty item, Sequence[3]= four. Dates may be today, today-1, " +
    "today..today+7, times now-2h..now.",
    "Exit codes: 0 done, with matches or none; 1 failed; 2 not understood.",
  ],
  groups: [
    generalOptions,
    loggingOptions,
    modelOptions,
    queryOptions,
    associationOptions,
    negotiationOptions,
    repetitionOptions,
    outputOptions,
    identityOptions,
    tlsOptions,
  ],
  examples: [
    ["find RIS@ris.example.org:104", "the whole worklist, every attribute that it may return"],
    [
      "find RIS@ris.example.org:104 -k PatientName -k ScheduledProcedureStepSequence.Modality=CT " +
      "-k ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate=today --format table",
      "today's steps of one modality as a table",
    ],
    [
      "find -S --level STUDY pacs.example.org 104 -aec PACS -k PatientName='DOE*' -k StudyDate " +
      "--return default --format ndjson | jq",
      "studies by patient name, one JSON object a line",
    ],
    [
      "find -S PACS@pacs.example.org:104 query.dcm -X -od answers",
      "a query file, answers as files",
    ],
    ["find --print-query -k '(0040,0100)[0].Modality=CT'", "what would be sent"],
  ],
} as const satisfies CommandSpec;

/** `worklistd echo`. */
export const echoSpec = {
  name: "echo",
  summary: "send a C-ECHO: is the peer there, and does it know us",
  operands: "peers",
  usage: ["echo [options] PEER"],
  description: [peerForms, "Exit codes: 0 answered; 1 failed; 2 not understood."],
  groups: [
    generalOptions,
    loggingOptions,
    associationOptions,
    {
      heading: "How often",
      options: [
        {
          name: "repeat",
          kind: "integer",
          value: "N",
          min: 1,
          help: "send N C-ECHOs over the same association",
        },
      ],
    },
    identityOptions,
    tlsOptions,
  ],
  examples: [
    ["echo RIS@ris.example.org:104", "reach a peer"],
    ["echo --tls --tls-ca hospital-ca.pem RIS@ris.example.org:2762", "reach a peer by TLS"],
  ],
} as const satisfies CommandSpec;

/** Options that `find` and `echo` share. */
export type AssociationValues = Values<typeof echoSpec>;
