import { assertEquals, assertRejects } from "@std/assert";
import { encodeJson } from "../../../../src/dicom/json/json.ts";
import { Tag } from "../../../../src/dicom/tag.ts";
import { ConnectError, DimseStatusError } from "../../../../src/network/errors.ts";
import type { Asker } from "../../../../src/daemon/poll/ask.ts";
import type { QueryConfig } from "../../../../src/daemon/config.ts";
import { querySchema } from "../../../../src/daemon/config/query.ts";
import { verify } from "../../../../src/daemon/poll/verify.ts";
import type { Item } from "../../../../src/worklist/journal/journal.ts";
import { dataSetOf, type Step } from "../../../support/polled_worklist.ts";

function query(identity?: readonly string[]): QueryConfig {
  const more = identity && { identity };
  const section = querySchema.parse({ peer: "ris", schedule: "every 30s", keys: {}, ...more });
  return { ...section, name: "ct", timeZone: "UTC" };
}

function itemOf(step: Step): Item {
  return {
    id: JSON.stringify(step),
    key: {},
    subject: "k1-0",
    fingerprint: "0",
    json: encodeJson(dataSetOf(step)),
    characterSet: undefined,
    sequence: 1,
    configuration: 1,
  };
}

/** Asks for steps; the questions that were sent, and what was answered. */
async function ask(
  steps: readonly Step[],
  failureOf: (study: string) => Error | "limited" | undefined = () => undefined,
  config: QueryConfig = query(),
): Promise<{ asked: string[]; answered: (boolean | string)[] }> {
  const asked: string[] = [];
  const asker: Asker = {
    find({ identifier }): ReturnType<Asker["find"]> {
      const study = identifier.string(Tag.StudyInstanceUID) ?? "";
      const parts = [
        study,
        identifier.string(Tag.AccessionNumber),
        identifier.string(Tag.PatientID),
      ];
      asked.push(parts.map((part) => part ?? "").join("|"));
      const failure = failureOf(study);
      if (failure instanceof Error) return Promise.reject(failure);
      return Promise.resolve(
        failure === undefined
          ? { ending: "complete", status: 0 }
          : { ending: "limited", limitedBy: "limit" },
      );
    },
  };
  const options = { asker, signal: new AbortController().signal, onWarning: () => {} };
  const found = await verify(steps.map(itemOf), config, options);
  const answered = Array.from(found.values(), (one) => one.answered || one.why);
  return { asked, answered };
}

const studies: readonly Step[] = [{ study: "1.2.1" }, { study: "1.2.2" }, { study: "1.2.3" }];

Deno.test("verify() goes on after a question that the peer refuses", async () => {
  const refused = (study: string): Error | undefined =>
    study === "1.2.1" ? new DimseStatusError("C-FIND", "worklist", { status: 0xA900 }) : undefined;
  assertEquals(await ask(studies, refused), {
    asked: ["1.2.1||", "1.2.2||", "1.2.3||"],
    answered: [
      "C-FIND ended with status 0xA900 (failure): Identifier does not match SOP Class",
      true,
      true,
    ],
  });
});

Deno.test("verify() asks nothing more of a peer that cannot be reached", async () => {
  const down = (): Error => new ConnectError({ host: "ris", port: 104 }, "refused");
  assertEquals(await ask(studies, down), {
    asked: ["1.2.1||"],
    answered: studies.map(() => "Cannot connect to ris:104: refused"),
  });
});

Deno.test("verify() asks nothing more of a peer that ignores unique keys", async () => {
  const why = "the peer has more than 100 matches for one item, and may ignore unique keys";
  assertEquals(await ask(studies, (study) => study === "1.2.2" ? "limited" : undefined), {
    asked: ["1.2.1||", "1.2.2||"],
    answered: [true, why, why],
  });
});

const nameless = "it has no value that it could be asked for by";

Deno.test("verify() asks by the identity, else by the patient, for what has no unique key", async () => {
  const steps = [{ study: "", accession: "A1", patient: "P1" }, { study: "", patient: "P2" }, {}];
  assertEquals(await ask(steps, undefined, query(["AccessionNumber"])), {
    asked: ["|A1|", "||P2"],
    answered: [true, true, nameless],
  });
});

Deno.test("verify() asks without values that no question can have, and goes on", async () => {
  const steps = [{ study: "1.2.x", step: "S1" }, { study: "1.2.x" }, { study: "1.2.3" }];
  assertEquals(await ask(steps), { asked: ["||", "1.2.3||"], answered: [true, nameless, true] });
});

Deno.test("verify() passes on what it is given, and takes no fault of ours for one of the peer", async () => {
  const { signal } = new AbortController();
  const onWarning = (): void => {};
  const fault = new TypeError("x is undefined");
  const asker: Asker = {
    find(_, options): Promise<never> {
      assertEquals(options, { signal, onWarning, limit: 100, maxAnswerBytes: Infinity });
      return Promise.reject(fault);
    },
  };
  const items = studies.map(itemOf);
  const thrown = await assertRejects(() => verify(items, query(), { asker, signal, onWarning }));
  assertEquals(thrown === fault, true);
});
