import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Config, parseConfig } from "../../../src/daemon/config.ts";
import { ConfigError, formatProblem } from "../../../src/daemon/config/problems.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const passwordHash = `$6$saltstring$${"a".repeat(86)}`;
const files: Record<string, string> = {
  "/etc/w/hook.key": `${secret}\n`,
  "/etc/w/token": "t0ken\n",
  "/etc/w/good": "0123456789abcdef0123456789abcdef\n",
  "/etc/w/spaced": "0123456789 abcdef\n",
  "/etc/w/twice": `anna:${passwordHash}\n# a remark\nanna:${passwordHash}\n`,
  "/etc/w/users": `anna:${passwordHash}\n\nbert:${passwordHash}\n`,
  "/etc/w/server.pem": Deno.readTextFileSync("test/golden/tls/server.pem"),
  "/etc/w/server.key": Deno.readTextFileSync("test/golden/tls/server.key"),
  "/etc/w/other.key": Deno.readTextFileSync("test/golden/tls/common_name.key"),
  "/etc/w/empty": "\n",
};
const environment: Record<string, string> = { PORT: "104", HOST: "ris.example.org" };

const surroundings = {
  resolve: (path: string): string => path.startsWith("/") ? path : `/etc/w/${path}`,
  read: (path: string): string => {
    const text = files[path];
    if (text === undefined) throw new Error(`cannot read ${path}: there is no such file`);
    return text;
  },
  readAll: (path: string): Uint8Array[] => [new TextEncoder().encode(surroundings.read(path))],
  environment: (name: string): string | undefined => environment[name],
  timeZone: "Europe/Berlin",
};

function parse(yaml: string): Promise<Config> {
  return parseConfig("w.yaml", yaml, surroundings);
}

async function problems(yaml: string): Promise<string[]> {
  const error = await assertRejects(() => parse(yaml), ConfigError);
  return error.problems.map(formatProblem);
}

const peers = `peers:
  ris: { host: h, port: 104, ae_title: RIS }
`;
const sound = `${peers}queries:
  ct: { peer: ris, schedule: every 30s }
`;

Deno.test("parseConfig() reads who may use the HTTP interface, and shows no secret of it", async () => {
  const config = await parse(`http:
  listen: "[::]:9180"
  tls: { cert: server.pem, key: server.key }
  token_file: good
  users_file: users
  hosts: [Worklist.example.org]
${sound}`);
  const { listen, hosts, maxConnections, maxStreams, logins } = config.http ?? {};
  assertEquals(listen, { host: "::", port: 9180 });
  assertEquals([hosts, maxConnections, maxStreams], [["worklist.example.org"], 200, 50]);
  assertEquals(logins?.reveal().tokens, ["0123456789abcdef0123456789abcdef"]);
  assertEquals([...logins?.reveal().users.keys() ?? []], ["anna", "bert"]);
  for (const shown of [JSON.stringify(config), Deno.inspect(config, { depth: 9 })]) {
    assert(!/0123456789abcdef|PRIVATE KEY|saltstring/.test(shown), shown);
  }
  for (const listen of ["127.0.0.1:9180", "localhost:9180", "[::1]:9180", "127.8.9.1:80"]) {
    const { http } = await parse(`http: { listen: "${listen}" }\n${sound}`);
    assertEquals([http?.tls, http?.logins], [undefined, undefined]);
  }
  assertEquals((await parse(sound)).http, undefined);
});

Deno.test("parseConfig() fills in what the file leaves out", async () => {
  const config = await parse(sound);
  const peer = config.peers.get("ris");
  const query = config.queries.get("ct");
  assertEquals(config.stateDir, "/etc/w/state");
  assertEquals(config.log, { level: "info", format: "text", phi: false, remindMs: 3_600_000 });
  assertEquals(peer?.callingAeTitle, "WORKLISTD");
  assertEquals(peer?.timeZone, "Europe/Berlin");
  assertEquals(peer?.timeouts.responseMs, 30_000);
  assertEquals(peer?.transferSyntaxes, ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]);
  assertEquals(query?.model, "worklist");
  assertEquals(query?.timeZone, "Europe/Berlin");
  assertEquals(query?.removal, {
    confirmPolls: 2,
    verify: false,
    brake: 0.5,
    brakeMin: 10,
    brakePolls: 3,
    brakeHoldMs: 900_000,
  });
  assertEquals(config.sinks.size, 0);
});

Deno.test("parseConfig() replaces ${env:NAME}, also where a number must stand", async () => {
  const config = await parse(`peers:
  ris: { host: "\${env:HOST}", port: "\${env:PORT}", ae_title: RIS }
queries: {}
`);
  assertEquals(config.peers.get("ris")?.host, "ris.example.org");
  assertEquals(config.peers.get("ris")?.port, 104);
});

Deno.test("parseConfig() makes a query of each value in for_each", async () => {
  const config = await parse(`${peers}queries:
  ct:
    peer: ris
    schedule: every 30s
    for_each: { station: [CT1, CT2], modality: [CT] }
    keys: { ScheduledProcedureStepSequence: { ScheduledStationAETitle: "\${station}", Modality: "\${modality}" } }
`);
  assertEquals([...config.queries.keys()], ["ct[CT1,CT]", "ct[CT2,CT]"]);
  assertEquals(config.queries.get("ct[CT2,CT]")?.keys, {
    ScheduledProcedureStepSequence: { ScheduledStationAETitle: "CT2", Modality: "CT" },
  });
});

Deno.test("parseConfig() makes queries of AE titles with any character that they may have", async () => {
  const titles = ["CT/1", "A+B:*", "X,Y", "~#'%", 'Q"1', "$ {a}"];
  const config = await parse(`${peers}queries:
  ct:
    peer: ris
    schedule: every 30s
    for_each: { station: ${JSON.stringify(titles)} }
    keys: { ScheduledProcedureStepSequence: { ScheduledStationAETitle: "\${station}" } }
`);
  assertEquals([...config.queries.keys()], titles.map((title) => `ct[${title}]`));
  assertEquals(config.queries.get("ct[A+B:*]")?.keys, {
    ScheduledProcedureStepSequence: { ScheduledStationAETitle: "A+B:*" },
  });
});

Deno.test("parseConfig() says of aliases that have no end, or stand for too much, where they are", async () => {
  assertEquals(await problems(`peers: &p\n  ris: { host: h, tls: *p }\n`), [
    "w.yaml:2:24: peers.ris.tls: an alias stands inside of what it names: it has no end",
  ]);
  const letters = [..."bcdefgh"];
  const bomb = letters.map((letter, n) => {
    const before = n === 0 ? "x" : `*${letters[n - 1]}`;
    return `${letter}: &${letter} [${Array.from({ length: 10 }, () => before).join(",")}]\n`;
  });
  assertEquals(await problems(bomb.join("")), [
    "w.yaml:6:7: g: its aliases stand for more than 1000000 values",
  ]);
  assertEquals(await problems(`a: ${"[".repeat(300)}${"]".repeat(300)}\n`), [
    "w.yaml:1:1: is nested too deep to be read",
  ]);
  const chain = Array.from({ length: 3 }, (_, n) => {
    const inner = n === 0 ? "x" : `*a${n - 1}`;
    return `a${n}: &a${n} ${"[".repeat(60)}${inner}${"]".repeat(60)}\n`;
  });
  const [deep] = await problems(chain.join("") + "queries: *a2\n");
  assertEquals(deep?.slice(-29), " is nested more than 150 deep");
});

Deno.test("parseConfig() reads merge keys and aliases, and finds problems in them", async () => {
  const yaml = `peers:
  a: &common { host: h, port: 104, ae_title: RIS }
  b: { <<: *common, port: 105 }
queries: {}
`;
  assertEquals((await parse(yaml)).peers.get("b")?.port, 105);
  assertEquals(await problems(yaml.replace("RIS", "A_TITLE_THAT_IS_LONG")), [
    "w.yaml:2:46: peers.a.ae_title: must have at most 16 characters, as AE titles do; this has 20",
    "w.yaml:2:46: peers.b.ae_title: must have at most 16 characters, as AE titles do; this has 20",
  ]);
});

Deno.test("parseConfig() shows no secret, however the configuration is printed", async () => {
  const config = await parse(`${sound}sinks:
  hook: { type: webhook, url: "https://h.example/", secret_file: hook.key, bearer_file: token }
`);
  const options = config.sinks.get("hook")?.options.reveal();
  assert(options?.type === "webhook");
  assertEquals([options.secrets, options.bearerToken], [[secret], "t0ken"]);
  const dump = Deno.inspect(config, { depth: 20 }) +
    JSON.stringify([...config.sinks.values()]) + String(config.sinks.get("hook")?.options);
  assert(!dump.includes("MfKQ9r8G") && !dump.includes("t0ken"), dump);
});

Deno.test("parseConfig() refuses two sinks that write one file", async () => {
  const sinks = (a: string, b: string): string =>
    `${sound}sinks:\n  a: { type: ndjson, path: ${a} }\n  b: { type: snapshot, path: ${b} }\n`;
  assertEquals((await parse(sinks("a.json", "b.json"))).sinks.size, 2);
  const found = await problems(sinks("a.json", "/etc/w/a.json"));
  assertEquals(found.map((each) => each.replace(/^.*?: /, "")), [
    'sinks.b.path: is the file of sink "a" already',
  ]);
});

Deno.test("parseConfig() takes lists that end at the column of their key, as formatters write them", async () => {
  const { peers } = await parse(`peers:
  ris:
    host: h
    port: 104
    ae_title: RIS
    transfer_syntaxes: [
      implicit-little,
    ]
queries: {}
`);
  assertEquals(peers.get("ris")?.transferSyntaxes, ["1.2.840.10008.1.2"]);
});

Deno.test("parseConfig() tells of tags and aliases that nobody knows", async () => {
  assertEquals(await problems("peers: {}\nqueries: !query {}\n"), [
    "w.yaml:2:10: Unresolved tag: !query",
  ]);
  assertEquals(await problems("peers: *peers\nqueries: {}\n"), [
    'w.yaml:1:1: unidentified alias "peers" (1:14)',
  ]);
});

Deno.test("parseConfig() quotes little of what is no YAML", async () => {
  const [problem] = await problems(`[${"\u0007garbage ".repeat(10_000)}`);
  assert(problem !== undefined && problem.length < 250, problem?.slice(0, 300));
});

Deno.test("parseConfig() reports everything at once, in the order of the file", async () => {
  assertEquals(
    await problems(`ae_titel: CT1
peers:
  ris: { host: h, port: 70000, ae_title: "A\\\\B" }
queries:
  ct:
    peer: riss
    schedule: every 30
    keys:
      ScheduledProcedureStepSequence:
        Modalty: CT
        ScheduledProcedureStepStartDate: tomorow
    sinks: [chnges]
sinks:
  changes: { type: ndjson }
`),
    [
      'w.yaml:1:1: ae_titel: unknown key; did you mean "ae_title"?',
      "w.yaml:3:25: peers.ris.port: must be a whole number from 1 to 65535",
      "w.yaml:3:42: peers.ris.ae_title: must be of ASCII characters other than \\, as AE titles are",
      'w.yaml:6:11: queries.ct.peer: there is no peer "riss"; did you mean "ris"?',
      "w.yaml:7:15: queries.ct.schedule: not a duration: write a number and a unit, such as 10s, 1m30s or 3d",
      'w.yaml:10:9: queries.ct.keys.ScheduledProcedureStepSequence.Modalty: Cannot read the key path "ScheduledProcedureStepSequence.Modalty": there is no keyword "Modalty"; did you mean "Modality"?',
      "w.yaml:11:42: queries.ct.keys.ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate: Cannot read the value: a DA key takes YYYYMMDD, YYYYMMDD-YYYYMMDD, today, today+1 (for tomorrow) or today-1..today+7",
      'w.yaml:12:13: queries.ct.sinks[0]: there is no sink "chnges"; did you mean "changes"?',
      "w.yaml:14:12: sinks.changes.path: is required",
    ],
  );
});

/** Each rule: what is put into a query, a peer, a sink or the top, and what is said of it. */
const rules: { where: "top" | "peer" | "query" | "sink"; yaml: string; problem: string }[] = [
  {
    where: "top",
    yaml: "log: { level: loud }",
    problem: "log.level: must be one of debug, info, warning, error",
  },
  { where: "top", yaml: "log: text", problem: "log: must be a map of keys and values" },
  {
    where: "top",
    yaml: "http: { listen: 9180 }",
    problem: "http.listen: must be ADDRESS:PORT, such as 127.0.0.1:9180 or [::1]:9180",
  },
  {
    where: "top",
    yaml: 'http: { listen: "127.0.0.1:99999" }',
    problem: "http.listen: must be ADDRESS:PORT, such as 127.0.0.1:9180 or [::1]:9180",
  },
  {
    where: "top",
    yaml: 'http: { listen: "127.0.0.1:9180", token_file: token }',
    problem: "http.token_file: the token is shorter than 16 characters",
  },
  {
    where: "top",
    yaml: 'http: { listen: "127.0.0.1:9180", token_file: spaced }',
    problem: "http.token_file: the token may have only letters, digits and - . _ ~ + / in it",
  },
  {
    where: "top",
    yaml: 'http: { listen: "127.0.0.1:9180", users_file: token }',
    problem: "http.users_file: line 1 is not NAME:HASH with a hash that `openssl passwd -6` prints",
  },
  {
    where: "top",
    yaml: 'http: { listen: "127.0.0.1:9180", users_file: twice }',
    problem: "http.users_file: line 3 names a user a second time",
  },
  {
    where: "top",
    yaml: 'http: { listen: "127.0.0.1:9180", tls: { cert: server.pem, key: token } }',
    problem: "http.tls.key: there is no PEM block in it",
  },
  {
    where: "top",
    yaml: 'http: { listen: "127.0.0.1:9180", tls: { cert: server.pem, key: other.key } }',
    problem: "http.tls.key: is not the key of cert",
  },
  {
    where: "top",
    yaml: 'http: { listen: "127.0.0.1:9180", tls: { cert: server.pem, key: server.pem } }',
    problem: "http.tls.key: cert or key cannot be read: both must be PEM and not encrypted",
  },
  {
    where: "top",
    yaml: 'http: { listen: "10.1.2.3:9180", token_file: good }',
    problem:
      "http.tls: is required: without it, others on the network read patient data in passing",
  },
  {
    where: "top",
    yaml: 'http: { listen: "0.0.0.0:9180", tls: { cert: server.pem, key: server.key } }',
    problem: "http.token_file: is required, or users_file: without them, anybody on the network " +
      "may read and approve",
  },
  {
    where: "top",
    yaml: 'http: { listen: "127.0.0.1.example.org:9180", token_file: good }',
    problem:
      "http.tls: is required: without it, others on the network read patient data in passing",
  },
  {
    where: "top",
    yaml: "history: 30",
    problem: "history: not a duration: write a number and a unit, such as 10s, 1m30s or 3d",
  },
  { where: "top", yaml: 'state_dir: ""', problem: "state_dir: must not be empty" },
  {
    where: "top",
    yaml: 'state_dir: "${env:NONE}x"',
    problem: "state_dir: the environment has no variable NONE",
  },
  {
    where: "top",
    yaml: 'state_dir: "${env:CREDENTIALS_DIRECTORY}/x"',
    problem: "state_dir: the environment has no variable CREDENTIALS_DIRECTORY: " +
      "systemd sets it for the service; elsewhere set it to the folder with the credentials",
  },
  { where: "peer", yaml: "hots: x", problem: 'peers.p.hots: unknown key; did you mean "host"?' },
  {
    where: "peer",
    yaml: "calling_ae_title: 12",
    problem: "peers.p.calling_ae_title: must be text: put it in quotes",
  },
  {
    where: "peer",
    yaml: "timeouts: { conect: 1s }",
    problem: 'peers.p.timeouts.conect: unknown key; did you mean "connect"?',
  },
  {
    where: "peer",
    yaml: "timeouts: { connect: 0s }",
    problem: "peers.p.timeouts.connect: must be longer than 0s",
  },
  {
    where: "peer",
    yaml: "transfer_syntaxes: [jpeg]",
    problem:
      "peers.p.transfer_syntaxes[0]: must be one of explicit-little, implicit-little, explicit-big, deflated",
  },
  {
    where: "peer",
    yaml: "transfer_syntaxes: []",
    problem: "peers.p.transfer_syntaxes: must not be empty",
  },
  {
    where: "peer",
    yaml: "timezone: Berlin",
    problem: "peers.p.timezone: not a time zone: write an IANA name such as Europe/Berlin or UTC",
  },
  {
    where: "peer",
    yaml: "max_associations: 0",
    problem: "peers.p.max_associations: must be a whole number from 1 to 100",
  },
  {
    where: "peer",
    yaml: "tls: { ca: none.pem }",
    problem: "peers.p.tls.ca: cannot read /etc/w/none.pem: there is no such file",
  },
  {
    where: "query",
    yaml: "model: worklst",
    problem:
      'queries.q.model: must be one of worklist, study, patient, patient-study, ups; did you mean "worklist"?',
  },
  {
    where: "query",
    yaml: "level: series",
    problem:
      "queries.q.level: Cannot query the Modality Worklist model at level SERIES: it has no levels",
  },
  {
    where: "query",
    yaml:
      "keys: { ScheduledProcedureStepSequence: { ScheduledProcedureStepStartTime: now-3h..now-1h } }",
    problem:
      "queries.q.keys.ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime: Cannot use a window of times that can lie wholly on another day, near midnight: give the date key beside it the same window",
  },
  {
    where: "query",
    yaml: "limit: 0",
    problem: "queries.q.limit: must be a whole number from 1 to 10000000",
  },
  { where: "query", yaml: "recheck: yes", problem: "queries.q.recheck: must be true or false" },
  {
    where: "query",
    yaml: "recheck: { ignorecase: true }",
    problem: 'queries.q.recheck.ignorecase: unknown key; did you mean "ignore_case"?',
  },
  {
    where: "query",
    yaml: "recheck: { ignore_case: 1 }",
    problem: "queries.q.recheck.ignore_case: must be true or false",
  },
  {
    where: "query",
    yaml: "keys: { PatientName: M\uFFFDller* }",
    problem:
      "queries.q.keys.PatientName: has U+FFFD, which stands for a lost character: write that character",
  },
  { where: "query", yaml: "identity: []", problem: "queries.q.identity: must not be empty" },
  {
    where: "query",
    yaml: "ignore: [Modality.X]",
    problem: 'queries.q.ignore[0]: Cannot read the key path "Modality.X": there is no keyword "X"',
  },
  {
    where: "query",
    yaml: "removal: { brake: 50 }",
    problem: "queries.q.removal.brake: not a percentage: write 0% to 100%, such as 20%",
  },
  {
    where: "query",
    yaml: 'blackout: ["2-3"]',
    problem: "queries.q.blackout[0]: not a range of two times of day: write it as 02:00-02:20",
  },
  {
    where: "query",
    yaml: 'blackout: ["00:00-12:00", "12:00-00:00"]',
    problem:
      "queries.q.blackout: leaves no time at which the query is due: it would never be polled",
  },
  {
    where: "query",
    yaml: "jitter: 99999999d",
    problem: "queries.q.jitter: too long: at most 36500d, which is 100 years",
  },
  {
    where: "query",
    yaml: 'for_each: { station: [CT1, "CT[1"] }',
    problem: "queries.q.for_each.station[1]: cannot be part of the query's name: " +
      "write 1 to 64 ASCII characters, none of them [, ] or \\",
  },
  {
    where: "query",
    yaml: `for_each: { station: ["${"/".repeat(64)}"], room: [1] }`,
    problem: `queries.q.for_each: makes a query named q[${"/".repeat(64)},1]: ` +
      "the name is too long to keep files under it",
  },
  {
    where: "query",
    yaml: "keys: { PatientID: 0012 }",
    problem: "queries.q.keys.PatientID: is read as the number 12: put 0012 in quotes",
  },
  {
    where: "query",
    yaml: "keys: { StudyDate: 2026-01-01 }",
    problem: "queries.q.keys.StudyDate: is read as a date of YAML: write it as YYYYMMDD",
  },
  {
    where: "query",
    yaml: "keys: { PatientID: true }",
    problem: "queries.q.keys.PatientID: is read as true: put it in quotes if that is the text",
  },
  {
    where: "query",
    yaml: 'keys: { PatientID: "${station}" }',
    problem: "queries.q.keys.PatientID: nothing stands for ${station}: there is no for_each",
  },
  {
    where: "query",
    yaml: `for_each: { ${"abcdefghijkl".replaceAll(/./g, "$&: [0,1,2,3,4,5,6,7,8,9], ")} }`,
    problem: "queries.q.for_each: makes 1000000000000 queries: the most are 10000",
  },
  {
    where: "query",
    yaml: "for_each: { station: [] }",
    problem: "queries.q.for_each: has an empty list: this makes no query at all",
  },
  {
    where: "query",
    yaml: 'for_each: { a: ["1", "1,2"], b: ["2,3", "3"] }',
    problem: "queries.q.for_each: makes two queries named q[1,2,3]: " +
      "give each value once, and none with a comma in it",
  },
  {
    where: "query",
    yaml: "keys: { PatientID: X }, split: { by: date }",
    problem: "queries.q.split: there is nothing to divide: no key has a date or one range of dates",
  },
  { where: "query", yaml: "split: { by: name }", problem: "queries.q.split.by: must be date" },
  {
    where: "sink",
    yaml: "type: webhok",
    problem:
      'sinks.s.type: must be one of ndjson, stdout, snapshot, worklist-folder, webhook; did you mean "webhook"?',
  },
  { where: "sink", yaml: "path: x", problem: "sinks.s.type: is required" },
  {
    where: "sink",
    yaml: "{ type: ndjson, path: x, rotate: { size: 5 } }",
    problem: "sinks.s.rotate.size: not a size: write a number and a unit, such as 50MB or 64KiB",
  },
  {
    where: "sink",
    yaml: "{ type: stdout, events: [gone] }",
    problem:
      "sinks.s.events[0]: must be one of added, changed, removed, left_window, failed, recovered, suspect",
  },
  {
    where: "sink",
    yaml: '{ type: ndjson, path: "/x/${PatientID}.ndjson" }',
    problem: "sinks.s.path: only the path of a worklist-folder may depend on an item by ${…}",
  },
  {
    where: "sink",
    yaml: '{ type: worklist-folder, path: "/wl/${ScheduledStationAETitel}" }',
    problem:
      'sinks.s.path: Cannot read the key path "ScheduledStationAETitel": there is no keyword ' +
      '"ScheduledStationAETitel"; did you mean "ScheduledStationAETitle"?',
  },
  {
    where: "sink",
    yaml: '{ type: worklist-folder, path: "/wl/${Modality" }',
    problem: "sinks.s.path: a placeholder is ${Keyword}: its } is missing",
  },
  {
    where: "sink",
    yaml: '{ type: worklist-folder, path: "/wl/${Modality}/../x" }',
    problem: 'sinks.s.path: ".." cannot follow a placeholder',
  },
  {
    where: "sink",
    yaml: '{ type: worklist-folder, path: "/wl/${PatientName}" }',
    problem: "sinks.s.path: PatientName would put patient data into the names of folders",
  },
  {
    where: "sink",
    yaml: '{ type: webhook, url: "https://h/", secret_file: hook.key, proxy: { url: "p:3128" } }',
    problem: "sinks.s.proxy.url: it must be that of an HTTP proxy, " +
      "such as http://proxy.example.org:3128",
  },
  {
    where: "sink",
    yaml: '{ type: webhook, url: "https://h/", secret_file: none }',
    problem: "sinks.s.secret_file: cannot read /etc/w/none: there is no such file",
  },
  {
    where: "sink",
    yaml: '{ type: webhook, url: "https://h/", secret_file: empty }',
    problem: "sinks.s.secret_file: the file is empty",
  },
  {
    where: "sink",
    yaml: '{ type: webhook, url: "https://h/", secret_file: token }',
    problem:
      "sinks.s.secret_file: Cannot read a webhook secret: it must be whsec_ followed by base64",
  },
  {
    where: "sink",
    yaml: '{ type: webhook, url: "https://h/" }',
    problem: "sinks.s.secret_file: is required",
  },
  {
    where: "sink",
    yaml: '{ type: webhook, url: "http://h.example/", secret_file: hook.key }',
    problem:
      "sinks.s.url: patient data would travel unencrypted: use https://, or set `allow_http: true`",
  },
  {
    where: "sink",
    yaml: '{ type: webhook, url: "https://h/", secret_file: hook.key, headers: { Host: x } }',
    problem: "sinks.s.headers.Host: is set by worklistd itself",
  },
];

const frames = {
  top: (yaml: string): string => `${sound}${yaml}\n`,
  peer: (yaml: string): string =>
    `${sound}`.replace("peers:\n", `peers:\n  p: { host: h, port: 1, ae_title: A, ${yaml} }\n`),
  query: (yaml: string): string => `${sound}  q: { peer: ris, schedule: every 1s, ${yaml} }\n`,
  sink: (yaml: string): string =>
    `${sound}sinks:\n  s: ${yaml.startsWith("{") ? yaml : `{ ${yaml} }`}\n`,
};

for (const { where, yaml, problem } of rules) {
  Deno.test(`parseConfig() refuses ${where === "top" ? "" : `in a ${where} `}${yaml}`, async () => {
    const found = await problems(frames[where](yaml));
    assertEquals(found.map((line) => line.replace(/^w\.yaml:\d+:\d+: /, "")), [problem]);
  });
}

Deno.test("parseConfig() refuses what is not YAML, with the place", async () => {
  assertEquals(await problems("peers:\n\tris: x\n"), [
    "w.yaml:2:1: Tabs are not allowed as indentation",
  ]);
  assertEquals(await problems("ae_title: A\nae_title: B\n"), [
    "w.yaml:2:1: Map keys must be unique",
  ]);
});

Deno.test("parseConfig() says what an empty file needs", async () => {
  assertEquals(await problems(""), [
    "w.yaml:1:1: peers: is required",
    "w.yaml:1:1: queries: is required",
  ]);
  assertEquals(await problems("[]"), ["w.yaml:1:1: must be a map of keys and values"]);
});

const golden = (name: string): Uint8Array => Deno.readFileSync(`test/golden/tls/${name}`);
const tlsFiles: Record<string, Uint8Array> = {
  "/etc/w/ca.pem": golden("ca.pem"),
  "/etc/w/ca.der": golden("ca.der"),
  "/etc/w/cut.pem": golden("ca.pem").subarray(0, 200),
  "/etc/w/me.pem": golden("client.pem"),
  "/etc/w/me.der": golden("client.der"),
  "/etc/w/me.key": golden("client_encrypted.key"),
  "/etc/w/other.key": golden("server.key"),
};

function parseTls(yaml: string): Promise<Config> {
  return parseConfig("w.yaml", yaml, {
    ...surroundings,
    read: (path) => path === "/etc/w/password" ? "secret\n" : surroundings.read(path),
    readAll: (path) => {
      const content = tlsFiles[path];
      if (content === undefined) throw new Error(`cannot read ${path}: there is no such file`);
      return [content];
    },
    readFolder: (path) => {
      const readme = { name: `${path}/README`, content: new TextEncoder().encode("read me") };
      if (path === "/etc/w/nothing.d") return [readme];
      if (path !== "/etc/w/ca.d") return undefined;
      return [readme, { name: `${path}/ca.pem`, content: golden("ca.pem") }];
    },
  });
}

const places: [string, string, (tls: string) => string][] = [
  [
    "a peer",
    "peers.ris",
    (tls) => `peers:\n  ris: { host: h, port: 104, ae_title: RIS, tls: { ${tls} } }\nqueries: {}\n`,
  ],
  [
    "a webhook",
    "sinks.hook",
    (tls) =>
      `${peers}queries: {}\nsinks:\n  hook: { type: webhook, url: "https://h/", secret_file: hook.key, tls: { ${tls} } }\n`,
  ],
];
for (const [what, path, yaml] of places) {
  Deno.test(`parseConfig() reads the TLS files of ${what}: PEM and DER, a password, how far to verify`, async () => {
    const config = await parseTls(
      yaml("ca: ca.der, cert: me.der, key: me.key, key_password_file: password, verify: chain"),
    );
    const sink = config.sinks.get("hook")?.options.reveal();
    const tls = config.peers.get("ris")?.tls?.reveal() ??
      (sink?.type === "webhook" ? sink.tls : undefined);
    assertEquals([tls?.ca, tls?.keyPassword, tls?.verify], [[golden("ca.der")], "secret", "chain"]);
    assertEquals(config.warnings, []);
  });

  Deno.test(`parseConfig() warns of files without a certificate in the folder of ${what}`, async () => {
    const config = await parseTls(yaml("ca: ca.d"));
    assertEquals(config.warnings.map(({ path, message }) => `${path}: ${message}`), [
      `${path}.tls.ca: /etc/w/ca.d/README is passed over: it is neither PEM nor DER`,
    ]);
  });

  const wrong: [string, string, string][] = [
    [
      "the key of another certificate",
      "cert: me.pem, key: other.key",
      "tls.key: Cannot use the private key for TLS: it is not the key of the certificate that came with it",
    ],
    [
      "a cut CA file",
      "ca: cut.pem",
      "tls.ca: Cannot use the CA certificate for TLS: there is no certificate in it",
    ],
    ["a folder as certificate", "cert: ca.d, key: me.key", "tls.cert: /etc/w/ca.d is a folder"],
    [
      "a folder without a certificate",
      "ca: nothing.d",
      "tls.ca: Cannot use the CA certificate for TLS: no file of the folder has one",
    ],
    [
      "a file that is not there",
      "ca: none.pem",
      "tls.ca: cannot read /etc/w/none.pem: there is no such file",
    ],
    [
      "a certificate without its key",
      "cert: me.pem",
      "tls.key: Cannot use the private key for TLS: it is missing: a certificate and its key come together",
    ],
    [
      "a key without its password",
      "cert: me.pem, key: me.key",
      "tls.key: Cannot use the private key for TLS: it is encrypted and there is no password",
    ],
  ];
  for (const [fault, tls, message] of wrong) {
    Deno.test(`parseConfig() refuses for ${what} ${fault}, with line and column`, async () => {
      const error = await assertRejects(() => parseTls(yaml(tls)), ConfigError);
      const lines = error.problems.map(formatProblem);
      const expected = `${path}.${message}`;
      assertEquals(lines.map((line) => line.replace(/^w\.yaml:\d+:\d+: /, "")), [expected]);
      assert((error.problems[0]?.line ?? 0) > 1 && (error.problems[0]?.column ?? 0) > 5);
    });
  }
}

Deno.test("parseConfig() reads which answers of a webhook are tried again, and refuses what is none", async () => {
  const yaml = (statuses: string): string =>
    `${peers}queries: {}\nsinks: { hook: { type: webhook, url: "https://h/", secret_file: hook.key, retry: { statuses: ${statuses} } } }\n`;
  const sink = (await parse(yaml("[404, 5xx]"))).sinks.get("hook")?.options.reveal();
  assertEquals(sink?.type === "webhook" && sink.retriedStatuses, [[404, 404], [500, 599]]);
  for (
    const [status, why] of [
      ["200", "2xx is success"],
      ["409", "counts as delivered"],
      ["410", "stops the sink"],
      ["6xx", "must be an HTTP status"],
      ["soon", "must be an HTTP status"],
    ] as const
  ) {
    const [problem] = await problems(yaml(`[${status}]`));
    assert(problem?.includes("sinks.hook.retry.statuses[0]: ") && problem.includes(why), problem);
  }
});
