import { assert, assertEquals } from "@std/assert";
import { serveWorklist } from "../../../src/serve/worklist_scp.ts";
import { worklistd } from "../../support/running_daemon.ts";
import { plannedSteps } from "../../support/served_items.ts";

Deno.test("check --as says what a station sees, and that nothing lets a stranger in", async () => {
  const folder = await Deno.makeTempDir({ prefix: "worklistd-check-" });
  try {
    await using ris = serveWorklist({ aeTitle: "RIS" });
    ris.items.set("1", plannedSteps({ id: "1", station: "CT1" }));
    ris.items.set("2", plannedSteps({ id: "2", station: "CT2" }));
    ris.items.set("3", plannedSteps({ id: "3", station: "CT1", status: "COMPLETED" }));
    const config = `${folder}/worklistd.yaml`;
    await Deno.writeTextFile(
      config,
      `peers:
  ris: { host: 127.0.0.1, port: ${ris.port}, ae_title: RIS }
queries:
  steps: { peer: ris, schedule: every 1h }
serve:
  listen: "0.0.0.0:11112"
  worklists:
    RAD:
      queries: [steps]
      statuses: [SCHEDULED]
      callers:
        CT1: { from: 10.1.0.0/16, keys: { ScheduledProcedureStepSequence: { ScheduledStationAETitle: CT1 } } }
        ALL: {}
`,
    );
    const check = async (station: string): Promise<[number, string]> => {
      const { code, stdout } = await worklistd(["check", "--config", config, "--as", station]);
      return [code, stdout.split("\n").filter((line) => line.startsWith(station)).join("\n")];
    };
    const [, before] = await check("CT1");
    assert(
      before.includes("it is answered with status A700, because no query was answered yet"),
      before,
    );
    assertEquals((await worklistd(["poll", "steps", "--config", config])).code, 0);
    const [code, line] = await check("CT1");
    assertEquals(code, 0);
    assert(
      line.includes("CT1: RAD at 0.0.0.0:11112 lets it in from 10.1.0.0/16; it sees 1 of 3"),
      line,
    );
    assert(
      (await check("ALL"))[1].includes("from any address; it sees 2 of 3 items"),
      "from any address; it sees 2 of 3 items",
    );
    assertEquals(await check("CT9"), [1, "CT9: RAD does not let it in; its callers are CT1, ALL"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
