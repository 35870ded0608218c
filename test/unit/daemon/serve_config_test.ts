import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Config, parseConfig } from "../../../src/daemon/config.ts";
import { ConfigError, formatProblem } from "../../../src/daemon/config/problems.ts";

const tlsFolder = new URL("../../golden/tls/", import.meta.url);

function parse(yaml: string): Promise<Config> {
  return parseConfig("w.yaml", yaml, {
    resolve: (path) => path,
    read: (path) => Deno.readTextFileSync(new URL(path, tlsFolder)),
    readAll: (path) => [Deno.readFileSync(new URL(path, tlsFolder))],
    environment: () => undefined,
    timeZone: "UTC",
  });
}

const queries = `peers:
  ris: { host: h, port: 104, ae_title: RIS }
queries:
  ct: { peer: ris, schedule: every 30s }
  us: { peer: ris, schedule: every 30s, for_each: { s: [US1, US2] }, keys: { PatientID: "\${s}" } }
  studies: { peer: ris, model: study, schedule: every 30s }
`;

function serve(text: string): string {
  return `${queries}serve: ${text}\n`;
}

Deno.test("serve takes its defaults, and a query with for_each stands for all that it makes", async () => {
  const { serve: section } = await parse(serve(
    '{ listen: "[::1]:104", worklists: { RAD: { queries: [us, ct] }, " US ": { queries: ["us[US2]"] } } }',
  ));
  assert(section !== undefined);
  assertEquals(section.listen, { host: "::1", port: 104 });
  assertEquals(section.maxAssociations, 100);
  assertEquals(section.timeouts, { associateMs: 10_000, idleMs: 60_000, writeMs: 30_000 });
  assertEquals(section.tls, undefined);
  assertEquals(section.worklists.get("RAD"), {
    name: "RAD",
    queries: ["us[US1]", "us[US2]", "ct"],
    callers: undefined,
    statuses: undefined,
    maxAgeMs: undefined,
    whenStale: "serve",
    staleNote: undefined,
    personNames: { ignoreCase: true, ignoreAccents: true },
  });
  assertEquals(section.worklists.get("US")?.queries, ["us[US2]"]);
});

Deno.test("serve reads callers with their addresses and keys", async () => {
  const { serve: section } = await parse(serve(
    `{ listen: "0.0.0.0:11112", worklists: { RAD: { queries: [ct], callers: {
      CT1: { from: 10.1.0.0/16, keys: { ScheduledProcedureStepSequence: { Modality: CT } } },
      CT2: { from: [10.1.0.7, "2001:db8::/32"] },
      CT3: {}, CT4: { pending: ff00 } } } } }`,
  ));
  const callers = section?.worklists.get("RAD")?.callers ?? {};
  assertEquals(Object.keys(callers), ["CT1", "CT2", "CT3", "CT4"]);
  assertEquals(callers["CT1"]?.from.map(({ text }) => text), ["10.1.0.0/16"]);
  assertEquals(callers["CT1"]?.keys, { ScheduledProcedureStepSequence: { Modality: "CT" } });
  assertEquals(callers["CT2"]?.from.map(({ text }) => text), ["10.1.0.7", "2001:db8::/32"]);
  assertEquals(callers["CT3"], { from: [], keys: {}, onlyFF00: false });
  assertEquals(callers["CT4"]?.onlyFF00, true);
});

Deno.test("serve with TLS asks stations for a certificate if it has authorities to check it by", async () => {
  const tls = async (text: string): Promise<string | undefined> =>
    (await parse(serve(
      `{ listen: "127.0.0.1:1", tls: { cert: server.pem, key: server.key${text} }, worklists: { R: { queries: [ct] } } }`,
    ))).serve?.tls?.clientCert;
  assertEquals(await tls(""), "ignore");
  assertEquals(await tls(", ca: ca.pem"), "require");
  assertEquals(await tls(", ca: ca.pem, client_cert: if_present"), "if_present");
  const { serve: section } = await parse(serve(
    '{ listen: "127.0.0.1:1", tls: { cert: server.pem, key: server.key }, worklists: { R: { queries: [ct] } } }',
  ));
  assert(!JSON.stringify(section).includes("PRIVATE KEY"));
  assert(!Deno.inspect(section, { depth: 10 }).includes("PRIVATE KEY"));
});

const wrong: [string, string[]][] = [
  ['{ listen: "11112", worklists: { RAD: { queries: [ct] } } }', [
    "serve.listen: must be an address and a port, such as 0.0.0.0:11112 or [::]:11112",
  ]],
  ['{ listen: "0.0.0.0:70000", worklists: { RAD: { queries: [ct] } } }', [
    "serve.listen: must be an address and a port, such as 0.0.0.0:11112 or [::]:11112",
  ]],
  ['{ listen: "0.0.0.0:11112", worklists: { RAD: { queries: [ct] } } }', [
    "serve.worklists.RAD.callers: is required: without it anybody who reaches 0.0.0.0 may read the list",
  ]],
  ['{ listen: "127.0.0.1:11112", worklists: { RAD: { queries: [ct], callers: {} } } }', [
    "serve.worklists.RAD.callers: must not be empty: nobody could ask",
  ]],
  ['{ listen: "127.0.0.1:11112", worklists: {} }', ["serve.worklists: must not be empty"]],
  ['{ listen: "127.0.0.1:11112", worklists: { RAD: { queries: [cd, ct, ct, us, studies] } } }', [
    'serve.worklists.RAD.queries[0]: there is no query "cd"; did you mean "ct"?',
    "serve.worklists.RAD.queries[2]: is in the list twice",
    "serve.worklists.RAD.queries[4]: is of model study: only queries of model worklist are served",
  ]],
  ['{ listen: "127.0.0.1:1", worklists: { RAD: { queries: [ct], when_stale: refuse } } }', [
    "serve.worklists.RAD.max_age: is required: when_stale: refuse has no meaning without an age at which a list is stale",
  ]],
  [
    '{ listen: "127.0.0.1:1", worklists: { RAD: { queries: [ct], max_age: 1m, stale_note: PatientID } } }',
    [
      "serve.worklists.RAD.stale_note: must not be an attribute by which a patient or a step is identified",
    ],
  ],
  [
    '{ listen: "127.0.0.1:1", worklists: { RAD: { queries: [ct], max_age: 1m, stale_note: PatientName } } }',
    [
      "serve.worklists.RAD.stale_note: must be an attribute with text (LO, SH, LT, ST, UT, UC); this has VR PN",
    ],
  ],
  [
    '{ listen: "127.0.0.1:1", worklists: { RAD: { queries: [ct], callers: { CT1: { from: 10.1.0.1/16 } } } } }',
    [
      "serve.worklists.RAD.callers.CT1.from[0]: the address has bits after the first 16: write the first address of the range",
    ],
  ],
  [
    '{ listen: "127.0.0.1:1", worklists: { RAD: { queries: [ct], callers: { CT1: { keys: { Modalty: CT } } } } } }',
    [
      'serve.worklists.RAD.callers.CT1.keys.Modalty: Cannot read the key path "Modalty": there is no keyword "Modalty"; did you mean "Modality"?',
    ],
  ],
  [
    '{ listen: "127.0.0.1:1", worklists: { RAD: { queries: [ct], callers: { CT1: { keys: { PatientID: 0800 } } } } } }',
    [
      "serve.worklists.RAD.callers.CT1.keys.PatientID: is read as the number 800: put 0800 in quotes",
    ],
  ],
  [
    '{ listen: "127.0.0.1:1", tls: { cert: server.pem, key: client.key }, worklists: { RAD: { queries: [ct] } } }',
    [
      "serve.tls.key: Cannot use the private key for TLS: it is not the key of the certificate that came with it",
    ],
  ],
  [
    '{ listen: "127.0.0.1:1", tls: { cert: server.pem, key: server.key, client_cert: require }, worklists: { RAD: { queries: [ct] } } }',
    [
      "serve.tls.ca: is required: client_cert: require needs the authorities to trust",
    ],
  ],
];

for (const [text, expected] of wrong) {
  Deno.test(`serve refuses ${text}`, async () => {
    const error = await assertRejects(() => parse(serve(text)), ConfigError);
    assertEquals(
      error.problems.map((one) => formatProblem(one).replace(/^w\.yaml:\d+:\d+: /, "")),
      expected,
    );
  });
}
