/**
 * The options of the commands that work with a configuration.
 *
 * @module
 */
import { generalOptions } from "./association_options.ts";
import { type CommandSpec, nameKinds } from "./option_table.ts";

const config = {
  name: "config",
  kind: "file",
  value: "FILE",
  aliases: ["-c"],
  help: "the configuration (default: $WORKLISTD_CONFIG, otherwise ./worklistd.yaml, " +
    "otherwise /etc/worklistd/worklistd.yaml)",
} as const;

const find = {
  name: "find",
  kind: "text",
  value: "TEXT",
  help:
    "only items that TEXT finds: words of a name, or a whole patient ID, accession number, step " +
    "id, UID or subject; case and accents do not count",
} as const;

const reading =
  "Asks the running daemon; otherwise reads the state folder. A configuration with problems is no hindrance.";

const quick = [
  "If a daemon holds the state folder, the daemon does this; otherwise this command does.",
] as const;

/** `worklistd run`. */
export const runSpec = {
  name: "run",
  summary: "run the daemon in the foreground",
  usage: ["run --config FILE"],
  description: [
    "SIGTERM and SIGINT end it in good order, a second one at once; SIGHUP reads the configuration " +
    "again. Exit codes: 0 ended; 1 the state could not be opened or kept; 78 bad configuration.",
  ],
  groups: [generalOptions, { heading: "Options", options: [config] }],
  examples: [["run --config /etc/worklistd/worklistd.yaml", "poll, compare and deliver for good"]],
} as const satisfies CommandSpec;

/** `worklistd check`. */
export const checkSpec = {
  name: "check",
  summary: "report all problems of a configuration",
  usage: ["check --config FILE [--connect] [--as AET]"],
  description: [
    "Each problem is a line FILE:LINE:COL: path: message. Also says what a changed configuration does " +
    "to stored items, and if an installed systemd unit no longer fits. Exit codes: 0 no problem; 1 a peer or webhook does not answer; 78 problems.",
  ],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      config,
      {
        name: "connect",
        kind: "flag",
        help: "also send a C-ECHO to each peer and a webhook.test event to each webhook",
      },
      {
        name: "as",
        kind: "text",
        value: "AET",
        help: "say what the station with this AE title is answered by `serve`; exit 1 if nothing",
      },
    ],
  }],
  examples: [[
    "check --config worklistd.yaml --connect",
    "is the file right, does everyone answer",
  ], ["check --config worklistd.yaml --as CT1", "which steps does station CT1 see"]],
} as const satisfies CommandSpec;

/** `worklistd state`. */
export const stateSpec = {
  name: "state",
  summary: "verify, back up, restore or repair the state folder",
  usage: [
    "state verify --config FILE",
    "state backup FOLDER --config FILE",
    "state restore FOLDER --config FILE",
    "state repair --config FILE",
  ],
  description: [
    "verify and backup may run beside the daemon; restore and repair need it stopped. restore keeps the state that it " +
    "replaces, and begins a new generation: no event gets an id that receivers have seen. repair moves aside what " +
    "cannot be read. Exit codes: 0 done; 1 damage found, or it failed.",
  ],
  groups: [generalOptions, { heading: "Options", options: [config] }],
  examples: [
    [
      "state backup /srv/backup/2026-11-27 --config /etc/worklistd/worklistd.yaml",
      "a consistent copy while the daemon runs",
    ],
    [
      "state restore /srv/backup/2026-11-27 --config /etc/worklistd/worklistd.yaml",
      "after systemctl stop worklistd",
    ],
  ],
} as const satisfies CommandSpec;

/** `worklistd reload`. */
export const reloadSpec = {
  name: "reload",
  summary: "have the running daemon take over a changed configuration",
  usage: ["reload --config FILE"],
  description: [
    "The file is checked first. Exit codes: 0 taken over; 1 no daemon runs, or it cannot take the " +
    "configuration over and goes on as it was; 78 problems.",
  ],
  groups: [generalOptions, { heading: "Options", options: [config] }],
  examples: [["reload --config /etc/worklistd/worklistd.yaml", "what systemctl reload does"]],
} as const satisfies CommandSpec;

/** `worklistd poll`. */
export const pollSpec = {
  name: "poll",
  operands: "queries",
  summary: "poll a query now",
  usage: ["poll QUERY --config FILE [--dry-run]"],
  description: [...quick, "Prints what changed. Exit codes: 0 complete; 1 not complete."],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      config,
      { name: "dry-run", kind: "flag", help: "print the changes and commit nothing" },
      {
        name: "format",
        kind: "text",
        value: "FORMAT",
        choices: ["text", "ndjson"],
        help: "a line for people or the whole event (default: text):",
      },
    ],
  }],
  examples: [["poll ct-today --config worklistd.yaml --dry-run", "what a poll would change"]],
} as const satisfies CommandSpec;

/** `worklistd show`. */
export const showSpec = {
  name: "show",
  operands: "queries",
  summary: "print the stored worklist, now or as it was",
  usage: ["show QUERY [--at TIME] [--find TEXT]"],
  description: [
    `Sorted by date and time; the last line says how old it is. ${reading} ` +
    "Exit codes: 0 done; 1 nothing is known yet, or was at TIME.",
  ],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      config,
      {
        name: "at",
        kind: "text",
        value: "TIME",
        help: "as it was at TIME: 2026-11-21T08:00:00Z, 2026-11-21T09:00, 09:00, or 2h (ago)",
      },
      find,
      {
        name: "format",
        kind: "text",
        value: "FORMAT",
        choices: ["table", "json", "ndjson", "csv"],
        help: "how it is printed (default: table):",
      },
      {
        name: "columns",
        kind: "text",
        value: "LIST",
        help: "the key paths of table and csv, with commas",
      },
    ],
  }],
  examples: [
    ["show ct-today --config worklistd.yaml", "the worklist as it is known"],
    ["show ct-today --config worklistd.yaml --at 08:00 --format csv", "as it was this morning"],
  ],
} as const satisfies CommandSpec;

/** `worklistd why`. */
export const whySpec = {
  name: "why",
  operands: "queries",
  summary: "say where a patient, a study or a step is, and why",
  usage: ["why TEXT [QUERY] [--format json]"],
  description: [
    "TEXT is a name or words that begin it (case and accents do not count), or a whole patient ID, accession number, step id, " +
    "UID or subject. One paragraph for each item says on which list it was from when to when, what changed and why it left. " +
    `${reading} Exit codes: 0 found; 1 nothing matches, or nothing is known yet.`,
  ],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      config,
      {
        name: "format",
        kind: "text",
        value: "FORMAT",
        choices: ["text", "json"],
        help: "how it is printed (default: text):",
      },
    ],
  }],
  examples: [
    ["why kowalski", "where is this patient"],
    ["why A4711 ct-today", "this accession number, in one query"],
  ],
} as const satisfies CommandSpec;

/** `worklistd history`. */
export const historySpec = {
  name: "history",
  operands: "queries",
  summary: "print committed changes, oldest first",
  usage: ["history [QUERY] [--since TIME] [--key KEY] [--find TEXT]"],
  description: [
    `Approvals are listed, too. ${reading} Exit codes: 0 done; 1 --key or --find finds nothing.`,
  ],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      config,
      {
        name: "since",
        kind: "text",
        value: "TIME",
        help: "only those since TIME: 2026-11-21T08:00:00Z, 09:00, or 2h (ago)",
      },
      {
        name: "key",
        kind: "text",
        value: "KEY",
        help: "only those of one item: its subject, or a value of its identity, as a " +
          "Study Instance UID",
      },
      find,
      {
        name: "format",
        kind: "text",
        value: "FORMAT",
        choices: ["table", "ndjson"],
        help: "a line for people or the whole event (default: table):",
      },
    ],
  }],
  examples: [
    ["history --config worklistd.yaml --since 1h", "all changes of the last hour"],
    ["history ct-today --config worklistd.yaml --key 1.2.3 --format ndjson", "one study's events"],
  ],
} as const satisfies CommandSpec;

/** `worklistd blame`. */
export const blameSpec = {
  name: "blame",
  operands: "queries",
  summary: "print what each attribute of an item was, from when on",
  usage: ["blame QUERY KEY [--all]"],
  description: [
    "KEY is the item's subject, or a value of its identity, as a Study Instance UID. Without --all only what " +
    `changed. ${reading}`,
  ],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      config,
      { name: "all", kind: "flag", help: "also attributes that never changed" },
      {
        name: "format",
        kind: "text",
        value: "FORMAT",
        choices: ["table", "json"],
        help: "how it is printed (default: table):",
      },
    ],
  }],
  examples: [["blame ct-today 1.2.3 --config worklistd.yaml", "who was moved when"]],
} as const satisfies CommandSpec;

/** `worklistd approve`. */
export const approveSpec = {
  name: "approve",
  operands: "queries",
  summary: "accept what a query holds back: release its brake, or believe its count",
  usage: ["approve QUERY [--dry-run] [--why TEXT]"],
  description: [
    ...quick,
    "Prints first what the next complete polls would remove. Who approved it, when and why is recorded in the journal; " +
    "`history` lists it.",
  ],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      config,
      { name: "dry-run", kind: "flag", help: "print what would go, and approve nothing" },
      { name: "why", kind: "text", value: "TEXT", help: "the reason, for the record" },
      {
        name: "who",
        kind: "text",
        value: "NAME",
        help: "who approves it (default: the account, before sudo)",
      },
    ],
  }],
  examples: [
    ["approve ct-today --dry-run", "what would go"],
    ['approve ct-today --why "the RIS really is empty"', "accept it, on record"],
  ],
} as const satisfies CommandSpec;

/** `worklistd status`. */
export const statusSpec = {
  name: "status",
  summary: "print how peers, queries and sinks fare",
  usage: [
    "status --config FILE",
    "status --config FILE --check [--query NAME] [--warning AGE] [--critical AGE]",
  ],
  description: [
    "Exit codes: 0 all is well; 1 something fails, or no daemon is running. With --check they are those " +
    "of a Nagios plugin: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. docs/monitoring.md explains both.",
  ],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      config,
      {
        name: "format",
        kind: "text",
        value: "FORMAT",
        choices: ["table", "json", "prtg"],
        help: "how it is printed (default: table); prtg is the JSON of a PRTG sensor:",
      },
    ],
  }, {
    heading: "For monitors",
    options: [
      {
        name: "check",
        kind: "flag",
        help: "print one line with performance data, as a Nagios plugin does",
      },
      {
        name: "query",
        kind: "text",
        value: "NAME",
        names: "queries",
        help: "only this query, and no sinks; with --check or --format prtg",
      },
      {
        name: "warning",
        kind: "duration",
        value: "AGE",
        help: "WARNING if a worklist is this old (seconds, or as 5m)",
      },
      {
        name: "critical",
        kind: "duration",
        value: "AGE",
        help: "CRITICAL if a worklist is this old (seconds, or as 15m)",
      },
    ],
  }],
  examples: [
    ["status --config worklistd.yaml", "last and next polls, ages, backlogs"],
    ["status --check --critical 15m --config worklistd.yaml", "one line for Nagios or Icinga"],
  ],
} as const satisfies CommandSpec;

/** `worklistd replay`. */
export const replaySpec = {
  name: "replay",
  operands: "sinks",
  summary: "deliver committed changes to a sink again",
  usage: [
    "replay SINK --config FILE --since SEQUENCE|TIME [--query QUERY]",
    "replay SINK --config FILE --dead [ID...]",
  ],
  description: [...quick, "The events keep their ids."],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      config,
      {
        name: "since",
        kind: "text",
        value: "SEQ|TIME",
        help: "from this sequence number or time on",
      },
      {
        name: "query",
        kind: "text",
        value: "QUERY",
        names: "queries",
        help: "only the events of this query",
      },
      {
        name: "dead",
        kind: "flag",
        help: "send the dead letters again, all or those with the given ids",
      },
      {
        name: "list",
        kind: "flag",
        help: "with --dead: print what they are, without patient data, and send nothing",
      },
    ],
  }],
  examples: [
    ["replay hook --config worklistd.yaml --since 2026-11-21T08:00:00Z", "since this morning"],
    ["replay hook --config worklistd.yaml --dead --list", "what could not be delivered"],
  ],
} as const satisfies CommandSpec;

/** `worklistd test`. */
export const testSpec = {
  name: "test",
  summary: "run test cases against a configuration, without a network",
  usage: ["test FILE... [--config FILE]"],
  description: [
    "A case is a series of canned answers and the events that they should make; docs/testing_rules.md " +
    "explains the form. Cases that bring their queries along need no --config. Exit codes: 0 all " +
    "passed; 1 some failed; 78 problems in a file.",
  ],
  groups: [generalOptions, { heading: "Options", options: [config] }],
  examples: [["test cases/*.yaml --config worklistd.yaml", "do our rules do what we think"]],
} as const satisfies CommandSpec;

/** `worklistd unit`. */
export const unitSpec = {
  name: "unit",
  summary: "print a hardened systemd unit with the permissions that a configuration needs",
  usage: ["unit --config FILE [--permissions]"],
  description: [
    "The commands that make the account and the folders stand at the head of the unit and on stderr, as do " +
    "warnings about paths that the service cannot see. `worklistd check` says if an installed unit no longer fits.",
  ],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      config,
      {
        name: "permissions",
        kind: "flag",
        help: "print only the options of Deno, one a line",
      },
    ],
  }],
  examples: [[
    "unit --config /etc/worklistd/worklistd.yaml > /etc/systemd/system/worklistd.service",
    "install the service",
  ]],
} as const satisfies CommandSpec;

/** `worklistd demo`. */
export const demoSpec = {
  name: "demo",
  summary: "watch a worklist change, and worklistd report it",
  usage: ["demo [--seconds N]"],
  description: [
    "Starts a small worklist server whose steps are added, rescheduled and cancelled and a patient " +
    "corrected, polls it every few seconds, and prints each change. A status page on a free port of " +
    "this machine shows the same. The changes are written to a folder, too, which is named and kept. " +
    "The server is stopped for a while: a station that asks " +
    "worklistd still gets its list, with its age.",
  ],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      {
        name: "seconds",
        kind: "integer",
        value: "N",
        min: 1,
        max: 86400,
        help: "end after N seconds (default: end with Ctrl-C)",
      },
      {
        name: "folder",
        kind: "folder",
        value: "DIR",
        help: "where the changes and the state are written (default: a new temporary folder)",
      },
    ],
  }],
  examples: [["demo --seconds 20", "watch for a while"]],
} as const satisfies CommandSpec;

/** `worklistd top`. */
export const topSpec = {
  name: "top",
  summary: "watch the status in the terminal",
  usage: ["top [--interval TIME]"],
  description: [
    "Shows what `status` shows, again and again. Arrows and Page keys scroll; q ends it. Not in a terminal, it prints the status once.",
  ],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      config,
      {
        name: "interval",
        kind: "duration",
        value: "TIME",
        help: "how often it is renewed (seconds, or as 500ms; default: 2s)",
      },
    ],
  }],
  examples: [["top", "a screen that stays open"]],
} as const satisfies CommandSpec;

/** `worklistd tap`. */
export const tapSpec = {
  name: "tap",
  operands: "queries",
  summary: "print changes as they are committed",
  usage: ["tap [QUERY] [--format ndjson]"],
  description: [
    "Asks the running daemon, and ends with it or with Ctrl-C. What was committed before is in `history`.",
  ],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      config,
      find,
      {
        name: "format",
        kind: "text",
        value: "FORMAT",
        choices: ["text", "json", "ndjson"],
        help: "a line for people or the whole event (default: text):",
      },
    ],
  }],
  examples: [
    ["tap", "all changes from now on"],
    ["tap ct-today --format json | jq .data.kinds", "for programs"],
  ],
} as const satisfies CommandSpec;

/** `worklistd init`. */
export const initSpec = {
  name: "init",
  summary: "write a first configuration for one peer, and check it",
  usage: ["init [FILE] [--peer AET@HOST:PORT] [--station AET] [--modality CS] [--connect]"],
  description: [
    "Asks in a terminal for what no option says. FILE is ./worklistd.yaml unless it is named; it must not exist. " +
    "Exit codes: 0 written and without problems; 1 the peer does not answer.",
  ],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      {
        name: "peer",
        kind: "text",
        value: "AET@HOST:PORT",
        help: "the worklist server: its AE title, host and port",
      },
      {
        name: "ae-title",
        kind: "text",
        value: "AET",
        help: "our calling AE title (default: WORKLISTD)",
      },
      {
        name: "station",
        kind: "text",
        value: "AET",
        help: "only steps of this Scheduled Station AE Title (default: of all)",
      },
      {
        name: "modality",
        kind: "text",
        value: "CS",
        help: "only steps of this modality, such as CT (default: of all)",
      },
      { name: "connect", kind: "flag", help: "also send a C-ECHO to the peer" },
    ],
  }],
  examples: [["init --peer RIS@ris.example.org:104 --modality CT --connect", "ask nothing"]],
} as const satisfies CommandSpec;

/** `worklistd completions`. */
export const completionsSpec = {
  name: "completions",
  summary: "print the completions of a shell",
  usage: ["completions bash|zsh|fish", "completions --names KIND"],
  description: [
    "The scripts complete the names of queries, sinks and peers in the configuration that --config names or that is used " +
    "without it, and the keywords of attributes.",
  ],
  groups: [generalOptions, {
    heading: "Options",
    options: [
      config,
      {
        name: "names",
        kind: "text",
        value: "KIND",
        choices: nameKinds,
        help: "print the names that the scripts offer, one a line:",
      },
    ],
  }],
  examples: [
    ["completions bash > /etc/bash_completion.d/worklistd", "for bash"],
    ["completions zsh > ~/.zfunc/_worklistd", "for zsh, with ~/.zfunc in fpath"],
    ["completions fish > ~/.config/fish/completions/worklistd.fish", "for fish"],
  ],
} as const satisfies CommandSpec;
