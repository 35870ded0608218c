import { assertEquals } from "@std/assert";
import { messageOf } from "../../../src/deliver/message.ts";
import { diskReason } from "../../../src/worklist/journal/store_error.ts";

const emfile = new Error("Too many open files (os error 24): open '/srv/x'");

Deno.test("messageOf() says what to do if the process may open no more files", () => {
  const hint = "raise the limit of open files: LimitNOFILE= in the systemd unit, or ulimit -n";
  assertEquals(messageOf(emfile), `${emfile.message} (EMFILE: ${hint})`);
  const outer = new Error("Cannot write /srv/x", { cause: emfile });
  assertEquals(messageOf(outer), `Cannot write /srv/x (EMFILE: ${hint})`);
  assertEquals(messageOf(new Error("the disk is full")), "the disk is full");
});

Deno.test("diskReason() does not blame the disk if the process may open no more files", () => {
  assertEquals(diskReason(emfile), "the process may open no more files (EMFILE)");
});
