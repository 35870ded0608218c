import { assert, assertEquals, assertRejects } from "@std/assert";
import { parseCases, type TestCase } from "../../../src/cases/case_file.ts";
import { runCase } from "../../../src/cases/run_case.ts";
import { ConfigError, formatProblem } from "../../../src/daemon/config/problems.ts";

const folder = new URL("../../cases/", import.meta.url);

for (const { name } of Deno.readDirSync(folder)) {
  const cases = await parseCases(name, Deno.readTextFileSync(new URL(name, folder)));
  for (const one of cases) {
    Deno.test(`test/cases/${name}: ${one.name}`, async () => assertEquals(await runCase(one), []));
  }
}

async function only(yaml: string): Promise<TestCase> {
  const [one] = await parseCases("c.yaml", yaml);
  assert(one);
  return one;
}

async function problems(yaml: string): Promise<string[]> {
  const error = await assertRejects(() => parseCases("c.yaml", yaml), ConfigError);
  return error.problems.map(formatProblem);
}

const jane = `
query: {}
data_sets:
  jane: { StudyInstanceUID: "1.2.3", PatientID: "4711", PatientName: DOE^JANE }
  john: { StudyInstanceUID: "1.2.4", PatientID: "4712", PatientName: ROE^JOHN }
`;

Deno.test("runCase() says what happened and was not expected", async () => {
  const one = await only(`${jane}
cases:
  - name: forgotten
    polls: [{ at: 2026-11-21T08:00, answer: [jane] }]
`);
  assertEquals(await runCase(one), [{
    poll: 1,
    at: "2026-11-21T08:00:00+00:00",
    lines: ["not expected: added StudyInstanceUID=1.2.3 ScheduledProcedureStepID="],
  }]);
});

Deno.test("runCase() says what was expected and did not happen", async () => {
  const one = await only(`${jane}
cases:
  - name: eager
    polls:
      - { at: 2026-11-21T08:00, answer: [jane], expect: [{ event: added }] }
      - { expect: [{ event: removed, key: { StudyInstanceUID: "1.2.3" } }] }
`);
  assertEquals(await runCase(one), [{
    poll: 2,
    at: "2026-11-21T08:00:30+00:00",
    lines: ["did not happen: removed StudyInstanceUID=1.2.3"],
  }]);
});

Deno.test("runCase() says in what an event is not as expected", async () => {
  const one = await only(`${jane}
cases:
  - name: wrong in everything
    polls:
      - { at: 2026-11-21T08:00, answer: [jane, john], expect: [{ event: added }, { event: added }] }
      - answer: [{ base: jane, PatientName: "ROE^JANE" }, john]
        expect:
          - event: changed
            kinds: [rescheduled]
            changes: { PatientName: [DOE^JANE, DOE^JOAN], PatientID: ~ }
      - answer: [john]
        times: 2
        expect: [{ event: removed, evidence: { polls: 3, reason: missing } }]
      - { end: A700, expect: [{ event: failed, reason: aborted }] }
`);
  assertEquals((await runCase(one)).flatMap(({ lines }) => lines), [
    "not as expected: changed StudyInstanceUID=1.2.3 ScheduledProcedureStepID= " +
    "(patient_identity): PatientName: DOE^JANE → ROE^JANE",
    "  kinds: expected rescheduled; are patient_identity",
    "  PatientName: expected DOE^JANE → DOE^JOAN; is DOE^JANE → ROE^JANE",
    "  PatientID: expected a change; did not change",
    "not as expected: removed StudyInstanceUID=1.2.3 ScheduledProcedureStepID= " +
    "(missing, polls 2)",
    "  evidence.polls: expected 3; is 2",
    "not as expected: failed refused",
    "  reason: expected aborted; is refused",
  ]);
});

Deno.test("parseCases() reads data sets as key paths, lists of items, DICOM JSON and dumps alike", async () => {
  const one = await only(`
query: { identity: [PatientID] }
cases:
  - name: the same four times
    polls:
      - at: 2026-11-21T08:00
        answer:
          - PatientID: "4711"
            PatientName: Müller^Änne
            ScheduledProcedureStepSequence:
              - { ScheduledProcedureStepID: A }
              - { ScheduledProcedureStepID: B }
        expect: [{ event: added, key: { PatientID: 4711 } }]
      - answer:
          - PatientID: "4711"
            PatientName: Müller^Änne
            ScheduledProcedureStepSequence[0].ScheduledProcedureStepID: A
            ScheduledProcedureStepSequence[1]: { ScheduledProcedureStepID: B }
      - answer:
          - json:
              "00100010": { vr: PN, Value: [{ Alphabetic: Müller^Änne }] }
              "00100020": { vr: LO, Value: ["4711"] }
              "00400100":
                vr: SQ
                Value:
                  - "00400009": { vr: SH, Value: [A] }
                  - "00400009": { vr: SH, Value: [B] }
      - answer:
          - dump: |
              (0008,0005) CS [ISO_IR 192]
              (0010,0010) PN [Müller^Änne]
              (0010,0020) LO [4711]
              (0040,0100) SQ
              (fffe,e000) na
              (0040,0009) SH [A]
              (fffe,e00d) na
              (fffe,e000) na
              (0040,0009) SH [B]
              (fffe,e00d) na
              (fffe,e0dd) na
`);
  assertEquals(await runCase(one), []);
});

Deno.test("parseCases() reads local times in the zone of the query, and pauses", async () => {
  const one = await only(`
query: { timezone: America/St_Johns }
cases:
  - name: x
    polls:
      - { at: 2026-03-08T01:59:50, times: 2 }
      - { at: +1h }
      - { at: 2026-03-08T08:00:00+01:00 }
`);
  assertEquals(one.polls.flatMap(({ at }) => at).map(String), [
    "2026-03-08T05:29:50Z",
    "2026-03-08T05:30:20Z",
    "2026-03-08T06:30:20Z",
    "2026-03-08T07:00:00Z",
  ]);
});

for (
  const [what, yaml, expected] of [
    ["an empty file", "", ["c.yaml:1:1: cases: is required"]],
    ["no poll", "cases: [{ name: x, polls: [] }]", [
      "c.yaml:1:27: cases[0].polls: must not be empty",
    ]],
    ["an unknown key", "cases: [{ name: x, poll: [], polls: [{ at: x, expekt: [] }] }]", [
      'c.yaml:1:20: cases[0].poll: unknown key; did you mean "polls"?',
      'c.yaml:1:47: cases[0].polls[0].expekt: unknown key; did you mean "expect"?',
    ]],
    ["no query", "cases: [{ name: x, polls: [{ at: 2026-11-21T08:00 }] }]", [
      "c.yaml:1:28: cases[0].polls[0]: it has no query: query is required",
    ]],
    ["a query's name, and no configuration", "query: ct\ncases: [{ name: x, polls: [{}] }]", [
      'c.yaml:1:8: query: "ct" is a query of a configuration. Name the file with --config',
    ]],
    [
      "a bad query",
      "query: { identiti: [x], keys: { Modalitie: CT } }\ncases: [{name: x, polls: [{}]}]",
      [
        'c.yaml:1:10: query.identiti: unknown key; did you mean "identity"?',
        'c.yaml:1:33: query.keys.Modalitie: Cannot read the key path "Modalitie": there is no ' +
        'keyword "Modalitie"; did you mean "Modality"?',
      ],
    ],
    [
      "for_each",
      "query: { for_each: { a: [b] } }\ncases: [{ name: x, polls: [{ at: 2026-11-21T08:00 }] }]",
      [
        "c.yaml:1:10: query.for_each: only queries of a configuration are made by for_each: name " +
        "one of them",
      ],
    ],
    [
      "times",
      "query: {}\ncases: [{ name: x, polls: [{ at: +30s }, { at: soon }] }, { name: y, polls: [{}] }]",
      [
        "c.yaml:2:34: cases[0].polls[0].at: there is no poll before it. Write a date and time",
        "c.yaml:2:48: cases[0].polls[1].at: must be a date and time such as 2026-11-21T08:00, or a " +
        "pause such as +30s",
        "c.yaml:2:78: cases[1].polls[0].at: is required for the first poll of a case",
      ],
    ],
    ["an end", "cases: [{ name: x, polls: [{ end: abortd }] }]", [
      "c.yaml:1:35: cases[0].polls[0].end: must be one of complete, unreachable, rejected, " +
      "timed-out, aborted, or a status such as A700",
    ]],
    [
      "data sets",
      `query: {}
data_sets:
  a: { base: b }
  b: { base: a }
  c: { PatientNam: x, PatientID: 0800, Modality: true }
  d: { json: { x: 1 } }
  e: { dump: "(" }
  f: [1]
  g: { dump: 1 }
  h: { json: {}, PatientID: "1" }
cases: [{ name: x, polls: [{ at: 2026-11-21T08:00, answer: [jane] }] }]`,
      [
        'c.yaml:3:14: data_sets.a.base: "b" is based on itself',
        'c.yaml:4:14: data_sets.b.base: "a" is based on itself',
        'c.yaml:5:20: data_sets.c.PatientNam: Cannot read the key path "PatientNam": there is no ' +
        'keyword "PatientNam"; did you mean "PatientName"?',
        "c.yaml:5:34: data_sets.c.PatientID: is read as the number 800: put 0800 in quotes",
        "c.yaml:5:50: data_sets.c.Modality: is read as true: put it in quotes if that is the text",
        "c.yaml:6:14: data_sets.d.json: Cannot read DICOM JSON: an attribute's name must be eight " +
        "hexadecimal digits",
        "c.yaml:7:14: data_sets.e.dump: Cannot read dump at line 1: it does not begin with a tag " +
        "(gggg,eeee)",
        "c.yaml:8:6: data_sets.f: must be the name of a data set, or a map",
        "c.yaml:9:14: data_sets.g.dump: must be text, as dcmdump prints it",
        "c.yaml:10:18: data_sets.h.PatientID: is not read beside json: give that a name, and make " +
        "it the base of this",
        'c.yaml:11:61: cases[0].polls[0].answer[0]: there is no "jane" in data_sets',
      ],
    ],
    [
      "changes",
      "query: {}\ncases: [{ name: x, polls: [{ at: 2026-11-21T08:00, expect: [{ event: changed, changes: { Foo: ~ } }] }] }]",
      [
        'c.yaml:2:90: cases[0].polls[0].expect[0].changes.Foo: Cannot read the key path "Foo": ' +
        'there is no keyword "Foo"',
      ],
    ],
  ] as const
) {
  Deno.test(`parseCases() tells what is wrong with ${what}`, async () => {
    assertEquals(await problems(yaml), [...expected]);
  });
}

Deno.test("runCase() finds the events for its expectations in whatever order both are", async () => {
  const two = `
query: {}
data_sets:
  one: { StudyInstanceUID: "1.2.3", PatientID: "1" }
  two: { StudyInstanceUID: "1.2.4", PatientID: "2" }
cases:
  - name: both
    polls:
      - at: 2026-11-21T08:00
        answer: [one, two]
        expect: [EXPECTED]
`;
  const any = "{ event: added }";
  const first = '{ event: added, key: { StudyInstanceUID: "1.2.3" } }';
  const second = '{ event: added, key: { StudyInstanceUID: "1.2.4" } }';
  for (const pair of [[any, first], [first, any], [any, second], [second, any], [any, any]]) {
    assertEquals(await runCase(await only(two.replace("EXPECTED", pair.join(", ")))), []);
  }
  const wrong = await runCase(await only(two.replace("EXPECTED", `${first}, ${first}`)));
  assertEquals(wrong.flatMap(({ lines }) => lines), [
    "did not happen: added StudyInstanceUID=1.2.3",
    "not expected: added StudyInstanceUID=1.2.4 ScheduledProcedureStepID=",
  ]);
});

const dropping = (more: string, others = ""): string => `
query: { keys: { PatientID: P1 } }
data_sets:
  good: { StudyInstanceUID: "1.2.3", PatientID: P1 }
  bad: { StudyInstanceUID: "1.2.4", PatientID: P2 }
cases:
  - name: dropped
    polls:
      - { at: 2026-11-21T08:00, answer: [bad${others}]${more} }
`;

Deno.test("runCase() does not pass without a word a case of which recheck drops every data set", async () => {
  const [failure] = await runCase(await only(dropping("")));
  assertEquals(failure?.poll, 1);
  assertEquals(failure?.lines, [
    "c.yaml:9:9: recheck drops every data set of this case, here 1 (PatientID 1): they do not match " +
    "the keys. Correct them, or write `dropped: 1` if the case tests that",
  ]);
  const failed = await runCase(await only(dropping(", end: A700, expect: [{ event: failed }]")));
  assertEquals(failed.length, 1);
});

Deno.test("runCase() passes a case that says what recheck drops, and no other number", async () => {
  assertEquals(await runCase(await only(dropping(", dropped: 1"))), []);
  const added = ", expect: [{ event: added }]";
  assertEquals(await runCase(await only(dropping(added, ", good"))), []);
  assertEquals(await runCase(await only(dropping(`, dropped: 1${added}`, ", good"))), []);
  const [wrong] = await runCase(await only(dropping(`, dropped: 2${added}`, ", good")));
  assertEquals(wrong?.lines, ["dropped: expected 2; recheck dropped 1 (PatientID 1)"]);
  const [none] = await runCase(await only(dropping(", dropped: 0")));
  assertEquals(none?.lines, ["dropped: expected 0; recheck dropped 1 (PatientID 1)"]);
});

Deno.test("parseCases() refuses polls that go back in time", async () => {
  const polls = (second: string): string => `
query: { timezone: Europe/Berlin }
cases:
  - name: back
    polls:
      - { at: 2026-11-21T08:00, answer: [], times: 3 }
      - { at: ${second} }
`;
  assertEquals(await problems(polls("2026-11-21T08:00:59")), [
    "c.yaml:7:15: cases[0].polls[1].at: lies before the poll before it, which is at " +
    "2026-11-21T08:01:00+01:00: polls go forward",
  ]);
  assertEquals(await problems(polls("2026-11-21T07:00:59Z")), [
    "c.yaml:7:15: cases[0].polls[1].at: lies before the poll before it, which is at " +
    "2026-11-21T08:01:00+01:00: polls go forward",
  ]);
  assert(await only(polls("2026-11-21T08:01")));
});

Deno.test("parseCases() refuses a time that the clocks skip, in the zone of the query", async () => {
  const at = (time: string, zone: string): string => `
query: { timezone: ${zone} }
cases: [{ name: gap, polls: [{ at: ${time}, answer: [] }] }]
`;
  assertEquals(await problems(at("2026-03-29T02:30", "Europe/Berlin")), [
    "c.yaml:3:36: cases[0].polls[0].at: does not exist in Europe/Berlin: the clocks go forward over it, " +
    "write 2026-03-29T03:30 or an offset from UTC",
  ]);
  assertEquals((await problems(at("2026-03-08T02:00", "America/New_York"))).length, 1);
  for (
    const [time, zone] of [
      ["2026-03-29T02:30", "UTC"],
      ["2026-03-29T02:30+01:00", "Europe/Berlin"],
      ["2026-03-29T03:00", "Europe/Berlin"],
      ["2026-10-25T02:30", "Europe/Berlin"],
    ] as const
  ) assert(await only(at(time, zone)));
});

Deno.test("parseCases() refuses a reason that there is not", async () => {
  const expecting = (event: string): string => `
query: {}
cases: [{ name: why, polls: [{ at: 2026-11-21T08:00, answer: [], expect: [${event}] }] }]
`;
  assertEquals(await problems(expecting("{ event: failed, reason: refusd }")), [
    "c.yaml:3:100: cases[0].polls[0].expect[0].reason: must be one of unreachable, rejected, timed-out, " +
    'aborted, refused, undecodable, limited; did you mean "refused"?',
  ]);
  const [suspect] = await problems(expecting("{ event: suspect, reason: refused }"));
  assert(suspect?.includes("reason: must be one of brake, limit"));
  const [added] = await problems(expecting("{ event: added, reason: brake }"));
  assert(added?.includes('an event "added" has no reason'));
  assert(await only(expecting("{ event: suspect, reason: brake }")));
});

Deno.test("parseCases() refuses two cases of one name", async () => {
  const yaml = `
query: {}
cases:
  - { name: same, polls: [{ at: 2026-11-21T08:00, answer: [] }] }
  - { name: other, polls: [{ at: 2026-11-21T08:00, answer: [] }] }
  - { name: same, polls: [{ at: 2026-11-21T08:00, answer: [] }] }
`;
  assertEquals(await problems(yaml), [
    'c.yaml:6:13: cases[2].name: another case is called "same" already: give each case its own name',
  ]);
});
