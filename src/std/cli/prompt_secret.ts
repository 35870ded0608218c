/** As `@std/cli/prompt-secret`. */
export interface PromptSecretOptions {
  mask?: string;
  clear?: boolean;
}

/** As `@std/cli/prompt-secret`: asks for a text without showing it; `null` where there is no terminal. */
export function promptSecret(
  message = "Secret",
  { mask = "*", clear = false }: PromptSecretOptions = {},
): string | null {
  if (!Deno.stdin.isTerminal()) return null;
  const write = (text: string): void => {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  };
  const typed: string[] = [];
  const byte = new Uint8Array(4);
  write(`${message} `);
  Deno.stdin.setRaw(true, { cbreak: true });
  try {
    for (;;) {
      const length = Deno.stdin.readSync(byte);
      const key = length === null ? "\n" : new TextDecoder().decode(byte.subarray(0, length));
      if (key === "\r" || key === "\n") break;
      if (key === "\x7f" || key === "\b") {
        if (typed.pop() !== undefined && mask !== "") write("\b \b");
      } else {
        typed.push(...key);
        write(mask.repeat([...key].length));
      }
    }
  } finally {
    Deno.stdin.setRaw(false);
    write(clear ? "\r\x1b[2K" : "\n");
  }
  return typed.join("");
}
