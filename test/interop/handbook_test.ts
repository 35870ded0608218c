import { assert } from "@std/assert";
import { freePort, interopTest } from "../support/foreign.ts";
import { readHandbook, runPage } from "../support/handbook.ts";

const page = readHandbook().find(({ path }) => path === "docs/first_worklist.md");

for (
  const { name, needs, server } of [
    { name: "DCMTK's wlmscpfs", needs: ["dcmtk"], server: "wlmscpfs -dfp ris 11112" },
    { name: "Orthanc", needs: ["dcmtk", "orthanc"], server: "Orthanc orthanc.json" },
  ] as const
) {
  interopTest(`the first worklist succeeds as it is printed, with ${name}`, needs, async () => {
    assert(page);
    const output = await runPage(page, "dcmtk", {
      "wlmscpfs -dfp ris 11112": server,
      "11112": String(freePort()),
    });
    for (const text of ["DOE^JANE", "rescheduled", "removed", "ROE^JOHN"]) {
      assert(output.includes(text), `${text} is missing:\n${output}`);
    }
  });
}
