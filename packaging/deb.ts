// Touches the world: reads the texts of packaging/debian.
/**
 * The Debian package.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { commandSpecs } from "../src/cli/options/command_specs.ts";
import {
  bashCompletions,
  fishCompletions,
  zshCompletions,
} from "../src/cli/options/completion_scripts.ts";
import { packagedUnit } from "../src/daemon/unit.ts";
import { ar, type Entry, file, gzip, link, tar } from "./archive.ts";
import { commandPage, programPage } from "./man_page.ts";
import { filesBelow, type Platform, root } from "./program.ts";

/** What goes into the package. */
export interface DebOptions {
  readonly version: string;
  readonly platform: Platform;
  /** Files below `/usr/lib/worklistd`. */
  readonly program: readonly Entry[];
  readonly sbom: string;
  /** Seconds since 1970. */
  readonly time: number;
}

/**
 * Makes the Debian package.
 *
 * @param options What goes into it.
 * @returns The bytes of the `.deb`.
 */
export async function deb(options: DebOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { version, platform, program, time } = options;
  const entries = [
    ...program.map((entry) => ({ ...entry, path: `usr/lib/worklistd/${entry.path}` })),
    link("usr/bin/worklistd", "../lib/worklistd/worklistd"),
    ...await systemFiles(),
    ...await manualAndCompletions(version),
    ...await documents(options),
  ];
  const control = [
    file("control", controlText(version, platform, entries)),
    file("conffiles", "/etc/worklistd/worklistd.yaml\n"),
    file("md5sums", md5sums(entries)),
    ...await Promise.all(
      ["postinst", "prerm", "postrm"].map(async (name) => file(name, await text(name), 0o755)),
    ),
  ];
  return ar([
    ["debian-binary", new TextEncoder().encode("2.0\n")],
    ["control.tar.gz", await gzip(tar(control, time, "./"))],
    ["data.tar.gz", await gzip(tar(entries, time, "./"))],
  ], time);
}

function controlText(version: string, platform: Platform, entries: readonly Entry[]): string {
  const bytes = entries.reduce((total, { bytes }) => total + (bytes?.length ?? 0), 0);
  return `Package: worklistd
Version: ${version}
Architecture: ${platform.debian}
Maintainer: The worklistd developers <worklistd@example.org>
Installed-Size: ${Math.ceil(bytes / 1024)}
Depends: libc6 (>= 2.27), libgcc-s1, init-system-helpers, systemd (>= 247)
Section: net
Priority: optional
Description: polls DICOM worklists and delivers what changed
 Asks DICOM peers the same questions by C-FIND, commits the differences to a
 local journal, and delivers every change, in order and at least once, to files
 and webhooks. It holds all that it needs and fetches nothing.
`;
}

async function systemFiles(): Promise<Entry[]> {
  const unit = packagedUnit({
    launcher: "/usr/lib/worklistd/worklistd-service",
    program: "/usr/bin/worklistd",
    config: "/etc/worklistd/worklistd.yaml",
    documentation: "man:worklistd(1) file:///usr/share/doc/worklistd/install.md",
  });
  const example = await Deno.readTextFile(`${root}config/examples/minimal.yaml`);
  const schema = "/usr/share/worklistd/worklistd.schema.json";
  return [
    file("usr/lib/systemd/system/worklistd.service", unit),
    file("usr/lib/sysusers.d/worklistd.conf", await text("sysusers.conf")),
    file("usr/lib/tmpfiles.d/worklistd.conf", await text("tmpfiles.conf")),
    file(
      "etc/worklistd/worklistd.yaml",
      example.replace("../worklistd.schema.json", schema),
      0o640,
    ),
    file(schema.slice(1), await Deno.readTextFile(`${root}config/worklistd.schema.json`)),
  ];
}

async function manualAndCompletions(version: string): Promise<Entry[]> {
  const page = async (name: string, roff: string): Promise<Entry> =>
    file(`usr/share/man/man1/${name}.1.gz`, await gzip(new TextEncoder().encode(roff)));
  return [
    await page("worklistd", programPage(commandSpecs, version)),
    ...await Promise.all(
      commandSpecs.map((spec) => page(`worklistd-${spec.name}`, commandPage(spec, version))),
    ),
    file("usr/share/bash-completion/completions/worklistd", bashCompletions(commandSpecs)),
    file("usr/share/zsh/vendor-completions/_worklistd", zshCompletions(commandSpecs)),
    file("usr/share/fish/vendor_completions.d/worklistd.fish", fishCompletions(commandSpecs)),
  ];
}

async function documents({ sbom }: DebOptions): Promise<Entry[]> {
  const folder = "usr/share/doc/worklistd";
  const read = (path: string): Promise<string> => Deno.readTextFile(`${root}${path}`);
  const changes = new TextEncoder().encode(await read("CHANGELOG.md"));
  const documents = (await filesBelow(`${root}docs`, folder))
    .filter(({ path }) => path.endsWith(".md"));
  return [
    ...documents,
    file(`${folder}/README.md`, await read("README.md")),
    file(`${folder}/copyright`, await read("LICENSE")),
    file(`${folder}/changelog.gz`, await gzip(changes)),
    file(`${folder}/sbom.cdx.json`, sbom),
    file(`${folder}/examples/worklistd.yaml`, await read("config/worklistd.yaml")),
    ...await filesBelow(`${root}config/examples`, `${folder}/examples`),
  ];
}

function md5sums(entries: readonly Entry[]): string {
  return entries.flatMap(({ path, bytes }) =>
    bytes === undefined || path.startsWith("etc/")
      ? []
      : [`${createHash("md5").update(bytes).digest("hex")}  ${path}\n`]
  ).join("");
}

async function text(name: string): Promise<string> {
  return await Deno.readTextFile(`${root}packaging/debian/${name}`);
}
