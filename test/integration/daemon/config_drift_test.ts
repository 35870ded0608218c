import { assertEquals } from "@std/assert";
import { ConfigDrift } from "../../../src/daemon/config_drift.ts";
import { loadConfig } from "../../../src/daemon/load_config.ts";

const yaml = "peers:\n  ris: { host: h, port: 104, ae_title: RIS }\nqueries: {}\n";

for (const [what, mark] of [["without", ""], ["with", "\uFEFF"]] as const) {
  Deno.test(`ConfigDrift tells a changed file from the one in force, ${what} a byte order mark`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "worklistd-drift-" });
    try {
      const file = `${folder}/w.yaml`;
      await Deno.writeTextFile(file, mark + yaml);
      const config = await loadConfig(file);
      const drift = new ConfigDrift();
      assertEquals(drift.compare(config), "same");
      await Deno.writeTextFile(file, `${mark}${yaml}# more\n`);
      assertEquals(drift.compare(config), "changed");
      await Deno.writeFile(file, Uint8Array.of(0x23, 0xFC, 0x0A));
      assertEquals(drift.compare(config), "unreadable");
      await Deno.remove(file);
      assertEquals(drift.compare(config), "unreadable");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
