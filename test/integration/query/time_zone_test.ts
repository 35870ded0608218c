import { assertEquals } from "@std/assert";

const unit = new URL("../../unit/query/", import.meta.url).pathname;

for (const timeZone of ["America/St_Johns", "Pacific/Kiritimati", "Europe/Berlin"]) {
  Deno.test(`relative dates do not depend on the machine's time zone, here ${timeZone}`, async () => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--quiet", `${unit}date_window_test.ts`, `${unit}identifier_test.ts`],
      env: { TZ: timeZone },
      stdout: "null",
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  });
}
