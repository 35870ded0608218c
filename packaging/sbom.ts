/**
 * The list of what a package is made of (CycloneDX 1.5).
 *
 * @module
 */
import { denoVersion, type Platform, type Program } from "./program.ts";

/**
 * Writes the list.
 *
 * @param program The program with its libraries.
 * @param platform The platform of its Deno.
 * @param time Seconds since 1970.
 * @returns JSON.
 */
export function sbom(program: Program, platform: Platform, time: number): string {
  const own = `pkg:generic/worklistd@${program.version}`;
  const components = [
    component("deno", denoVersion, "MIT", {
      type: "platform",
      purl: `pkg:npm/%40deno/linux-${platform.name}-glibc@${denoVersion}`,
      integrity: platform.integrity,
    }),
    ...program.libraries.map(({ name, version, license, integrity }) =>
      component(name, version, license, {
        type: "library",
        purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
        integrity,
      })
    ),
  ];
  return `${
    JSON.stringify(
      {
        bomFormat: "CycloneDX",
        specVersion: "1.5",
        version: 1,
        metadata: {
          timestamp: new Date(time * 1000).toISOString(),
          component: {
            type: "application",
            "bom-ref": own,
            name: "worklistd",
            version: program.version,
            licenses: [{ license: { id: "MIT" } }],
            purl: own,
          },
        },
        components,
        dependencies: [{ ref: own, dependsOn: components.map((each) => each["bom-ref"]) }],
      },
      null,
      2,
    )
  }\n`;
}

interface Component {
  readonly type: string;
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses: readonly unknown[];
  readonly hashes: readonly unknown[];
}

function component(
  name: string,
  version: string,
  license: string,
  { type, purl, integrity }: { type: string; purl: string; integrity: string },
): Component {
  const bytes = Uint8Array.from(atob(integrity.replace("sha512-", "")), (c) => c.charCodeAt(0));
  return {
    type,
    "bom-ref": purl,
    name,
    version,
    purl,
    licenses: [{ license: { id: license } }],
    hashes: [{ alg: "SHA-512", content: bytes.toHex() }],
  };
}
