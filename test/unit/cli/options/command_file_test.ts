import { assertEquals, assertThrows } from "@std/assert";
import { expandCommandFiles } from "../../../../src/cli/options/command_file.ts";
import { UsageError } from "../../../../src/cli/options/option_table.ts";

const files: Record<string, string> = {
  "study.txt": `-S  --level STUDY\n\t-k "PatientName=DOE JANE"\r\n-k 'StudyDate' `,
  "nested.txt": "@study.txt -v",
  "empty.txt": " \n ",
  "quoted.txt": `-k PatientName="A B" ""`,
};

function expand(...args: string[]): string[] {
  return expandCommandFiles(args, (path) => {
    const text = files[path];
    if (text === undefined) throw new Error("absent");
    return text;
  });
}

Deno.test("expandCommandFiles() puts the words of a file in its place", () => {
  assertEquals(expand("host", "@study.txt", "-v"), [
    ...["host", "-S", "--level", "STUDY", "-k", "PatientName=DOE JANE", "-k", "StudyDate", "-v"],
  ]);
  assertEquals(expand("@empty.txt"), []);
});

Deno.test("expandCommandFiles() keeps quoted text together, also when it is empty", () => {
  assertEquals(expand("@quoted.txt"), ["-k", "PatientName=A B", ""]);
});

Deno.test("expandCommandFiles() does not look for command files in command files", () => {
  assertEquals(expand("@nested.txt"), ["@study.txt", "-v"]);
});

Deno.test("expandCommandFiles() leaves @ alone and words that only contain it", () => {
  assertEquals(expand("@", "RIS@host:104", "-k", "PatientName=@"), [
    "@",
    "RIS@host:104",
    "-k",
    "PatientName=@",
  ]);
});

Deno.test("expandCommandFiles() refuses files that are absent or have an open quotation mark", () => {
  assertThrows(
    () => expand("@absent.txt"),
    UsageError,
    "the command file absent.txt cannot be read",
  );
  files["open.txt"] = `-k "PatientName`;
  assertThrows(() => expand("@open.txt"), UsageError, 'the command file open.txt has an open "');
});
