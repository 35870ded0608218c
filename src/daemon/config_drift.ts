// Touches the world: looks at the configuration file.
/**
 * Compares the configuration file with the configuration that the daemon runs with.
 *
 * @module
 */
import { hash } from "node:crypto";
import { decodeUtf8 } from "../base/utf8.ts";
import type { Config } from "./config.ts";

/** Looks at the file again only when it was written since. */
export class ConfigDrift {
  #seen: { readonly state: string; readonly textHash: string } | undefined;

  /**
   * Compares the file with the configuration in force. The files that it names, such as tokens, are not compared.
   *
   * @param config The configuration in force.
   * @returns `same`, `changed`, or `unreadable`.
   */
  compare({ file, textHash }: Config): "same" | "changed" | "unreadable" {
    try {
      const { mtime, size } = Deno.statSync(file);
      const state = `${file} ${mtime?.getTime()} ${size}`;
      if (this.#seen?.state !== state) {
        this.#seen = {
          state,
          textHash: hash("sha256", decodeUtf8(Deno.readFileSync(file)), "hex"),
        };
      }
      return this.#seen.textHash === textHash ? "same" : "changed";
    } catch {
      return "unreadable";
    }
  }
}
