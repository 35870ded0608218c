// Touches the world: reads from the terminal, writes to stderr.
/**
 * Passwords that a person types.
 *
 * Not `@std/cli/prompt-secret`: that asks on stdout, which is for results.
 *
 * @module
 */
import { decodeUtf8 } from "../../base/utf8.ts";
import { noteCtrlC } from "../interruption.ts";
import { say, writeAll } from "../terminal.ts";

/**
 * Asks for a password on stderr without showing it.
 *
 * @param question The prompt.
 * @returns The typed text; empty if stdin is no terminal or ends.
 * @throws {Error} If it is interrupted by Ctrl-C.
 */
export function askPassword(question: string): string | undefined {
  if (!Deno.stdin.isTerminal()) return undefined;
  // Before the question: what is typed ahead of the change of mode is lost.
  // All keys come here, Ctrl-C too: a program that it kills leaves a terminal that shows nothing that is typed.
  Deno.stdin.setRaw(true);
  try {
    writeAll(Deno.stderr, question);
    return readLine();
  } finally {
    Deno.stdin.setRaw(false);
    say("");
  }
}

const erase = 0x7F;
const backspace = 0x08;
const interrupt = 0x03;
const endOfInput = 0x04;

function readLine(): string | undefined {
  const typed: number[] = [];
  const key = new Uint8Array(1);
  while (Deno.stdin.readSync(key) !== null) {
    const [byte = 0] = key;
    if (byte === 0x0A || byte === 0x0D) return decoded(typed);
    if (byte === interrupt) {
      noteCtrlC();
      throw new Error("interrupted");
    }
    if (byte === endOfInput && typed.length === 0) return undefined;
    if (byte === erase || byte === backspace) eraseLast(typed);
    else typed.push(byte);
  }
  return undefined;
}

/** Takes the last character off, all its bytes. */
function eraseLast(typed: number[]): void {
  for (let last = typed.pop(); last !== undefined && (last & 0xC0) === 0x80;) last = typed.pop();
}

function decoded(typed: readonly number[]): string {
  return decodeUtf8(Uint8Array.from(typed));
}
