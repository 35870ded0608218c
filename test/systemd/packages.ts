// Touches the world: makes the packages once for all tests.
/**
 * The packages of this version, as `deno task release` makes them.
 *
 * @module
 */
import { release } from "../../packaging/release.ts";
import about from "../../deno.json" with { type: "json" };

/** The version of the packages. */
export const version: string = about.version;

const folder = Deno.makeTempDirSync({ prefix: "worklistd-packages-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
let made: Promise<string> | undefined;

/**
 * Makes the packages for this machine's processor. A run of several test files makes them in each: files share nothing.
 *
 * @returns The folder that they are in.
 */
export function packages(): Promise<string> {
  made ??= release(folder, [architecture]).then(() => folder);
  return made;
}

/** This machine's processor, as Deno names it. */
export const architecture: string = Deno.build.arch === "aarch64" ? "arm64" : "x64";

/** This machine's processor, as Debian names it. */
export const debianArchitecture: string = architecture === "x64" ? "amd64" : "arm64";
