import { assertEquals } from "@std/assert";
import { parseConfig } from "../../../src/daemon/config.ts";
import { loadConfig } from "../../../src/daemon/load_config.ts";
import { systemdUnit } from "../../../src/daemon/unit.ts";

const examples = new URL("../../../config/examples/", import.meta.url);
const unitFile = new URL("../../../systemd/worklistd.service", import.meta.url);

for (const name of ["minimal.yaml", "notify.yaml", "serve.yaml", "station.yaml"]) {
  Deno.test(`config/examples/${name} is accepted`, async () => {
    const config = await loadConfig(new URL(name, examples).pathname);
    assertEquals(config.queries.size > 0, true);
  });
}

Deno.test("systemd/worklistd.service is the unit of config/examples/minimal.yaml", async () => {
  const text = await Deno.readTextFile(new URL("minimal.yaml", examples));
  const config = await parseConfig("/etc/worklistd/worklistd.yaml", text, {
    resolve: (path) => path,
    read: () => "",
    readAll: () => [],
    environment: () => undefined,
    timeZone: "UTC",
  });
  const installation = { deno: "/usr/bin/deno", main: "/opt/worklistd/main.ts" };
  const expected =
    `# An example: \`worklistd unit --config FILE\` writes the unit of your configuration.\n\n` +
    systemdUnit(config, installation);
  if (Deno.env.get("UPDATE") === "1") await Deno.writeTextFile(unitFile, expected);
  const message = "run: UPDATE=1 deno test -A test/integration/daemon/examples_test.ts";
  assertEquals(await Deno.readTextFile(unitFile), expected, message);
});
