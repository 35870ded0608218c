/**
 * Foreign DICOM programs for the interop tests: finds them, starts their servers on free ports in
 * temporary folders, and waits until they answer a C-ECHO.
 *
 * @module
 */

/** A foreign server that runs until it is disposed of. */
export interface ForeignServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** The called AE title it answers to. */
  readonly aeTitle: string;
  /** Where its data and configuration are; removed when it is disposed of. */
  readonly folder: string;
  /** Ends the process and keeps the folder, as a server that is down. */
  stop(): Promise<void>;
  /** Starts it again after `stop()`, on the same port with the same folder. */
  start(): Promise<void>;
}

/** The output of a foreign program that has ended. */
export interface ForeignOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The last release, as git has it: what is upgraded from. */
export const lastRelease = {
  version: "0.1.0",
  commit: "8736f3f367bff0f4ca6b5c4b5e7774005cc735e2",
};

const host = "127.0.0.1";
const readyWithinMs = 20_000;
const dcmtkSamples = "/usr/share/doc/dcmtk/examples";
const orthancWorklistPlugins = [
  "/usr/share/orthanc/plugins/libModalityWorklists.so",
  "/usr/lib/orthanc/plugins/libModalityWorklists.so",
];

/** Where Debian's package has it. */
export const chromiumPath = "/usr/bin/chromium";

/** What an interop test may need; each is looked for on this machine. */
export type ForeignNeed =
  | "dcmtk"
  | "dcmtk-samples"
  | "orthanc"
  | "pynetdicom"
  | "qrscp"
  | "openssl"
  | "promtool"
  | "chromium"
  | "prometheus-client"
  | "bash"
  | "zsh"
  | "fish"
  | "dicom-rs"
  | "last-release";

/** Those that CI need not have: they are compiled from their sources. */
const optionalNeeds: ReadonlySet<ForeignNeed> = new Set(["dicom-rs"]);

const found = new Map<ForeignNeed, boolean>();
const dcmtkPaths = new Map<string, string | undefined>();

/**
 * Registers an interop test. If a need is not installed, the test is ignored and a line says so. In CI, which
 * is any value of `CI` but an empty one, `0` and `false`, an absent need is a failure: CI cannot pass by skipping.
 * A need that is compiled from its sources is no failure.
 */
export function interopTest(
  name: string,
  needs: readonly ForeignNeed[],
  run: (t: Deno.TestContext) => Promise<void>,
  options: Pick<Deno.TestDefinition, "sanitizeOps" | "sanitizeResources"> = {},
): void {
  const absent = needs.filter((need) => !isInstalled(need));
  if (isCi() && absent.some((need) => !optionalNeeds.has(need))) {
    return Deno.test(name, () => {
      throw new Error(`not installed: ${absent.join(", ")}`);
    });
  }
  if (absent.length > 0) {
    const line = `skipped: ${name}: not installed: ${absent.join(", ")}\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(line));
  }
  Deno.test({ ...options, name, ignore: absent.length > 0, fn: run });
}

function isCi(): boolean {
  return !["", "0", "false"].includes(Deno.env.get("CI")?.toLowerCase() ?? "");
}

function isInstalled(need: ForeignNeed): boolean {
  let answer = found.get(need);
  if (answer === undefined) found.set(need, answer = has(need));
  return answer;
}

function has(need: ForeignNeed): boolean {
  switch (need) {
    case "dcmtk":
      return dcmtkPath("findscu") !== undefined && dcmtkPath("wlmscpfs") !== undefined;
    case "dcmtk-samples":
      return isPresent(`${dcmtkSamples}/wlistdb/OFFIS/wklist1.dump`);
    case "orthanc":
      return runs("Orthanc", "--version") && orthancPlugin() !== undefined;
    case "pynetdicom":
      return runs("python3", "-c", "import pynetdicom");
    case "qrscp":
      return runs("python3", "-c", "import pynetdicom, sqlalchemy");
    case "dicom-rs":
      return runs("dicom-findscu", "--version");
    case "last-release":
      return runs("git", "cat-file", "-e", `${lastRelease.commit}^{commit}`);
    case "openssl":
      return runs("openssl", "version");
    case "chromium":
      return isPresent(chromiumPath);
    case "promtool":
      return runs("promtool", "--version");
    case "prometheus-client":
      return runs("python3", "-c", "import prometheus_client");
    case "bash":
    case "zsh":
    case "fish":
      return runs(need, "--version");
  }
}

function runs(program: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function isPresent(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function orthancPlugin(): string | undefined {
  for (const path of orthancWorklistPlugins) if (isPresent(path)) return path;
  return undefined;
}

/** The path of a DCMTK program; others (pynetdicom) install programs of the same names. */
function dcmtkPath(program: string): string | undefined {
  if (!dcmtkPaths.has(program)) dcmtkPaths.set(program, findDcmtk(program));
  return dcmtkPaths.get(program);
}

function findDcmtk(program: string): string | undefined {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = `${folder}/${program}`;
    if (!isPresent(path)) continue;
    const output = new Deno.Command(path, { args: ["--version"], stderr: "null" }).outputSync();
    if (new TextDecoder().decode(output.stdout).includes("$dcmtk")) return path;
  }
  return undefined;
}

/** Runs a DCMTK program to its end. */
export async function dcmtk(program: string, ...args: string[]): Promise<ForeignOutput> {
  const path = dcmtkPath(program);
  if (path === undefined) throw new Error(`DCMTK's ${program} is not installed`);
  return await runForeign(path, args);
}

/** Runs a Python program given as text, with pydicom and pynetdicom at hand. */
export function python(script: string, ...args: string[]): Promise<ForeignOutput> {
  return runForeign("python3", ["-c", script, ...args]);
}

/** Runs the C-FIND SCU of dicom-rs. */
export function dicomRsFindscu(...args: string[]): Promise<ForeignOutput> {
  return runForeign("dicom-findscu", args);
}

/** Runs a shell on a script. */
export function shell(name: "bash" | "zsh" | "fish", ...args: string[]): Promise<ForeignOutput> {
  return runForeign(name, args);
}

/** Runs one of pynetdicom's programs in a folder. */
export function runPynetdicom(args: readonly string[], cwd: string): Promise<ForeignOutput> {
  return runForeign("python3", ["-m", "pynetdicom", ...args], { cwd });
}

async function runForeign(
  path: string,
  args: string[],
  options: { cwd?: string } = {},
): Promise<ForeignOutput> {
  const command = new Deno.Command(path, { args, stdin: "null", ...options });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Like `runForeign`, for programs that must succeed. */
async function mustRun(program: string, ...args: string[]): Promise<string> {
  const output = await dcmtk(program, ...args);
  if (output.code !== 0) throw new Error(`${program} failed: ${output.stderr}${output.stdout}`);
  return output.stdout;
}

/** Encodes a text dump with DCMTK's own encoder. */
export async function dumpToFile(dump: string, path: string, ...options: string[]): Promise<void> {
  const source = await Deno.makeTempFile({ suffix: ".dump" });
  try {
    await Deno.writeTextFile(source, dump);
    await mustRun("dump2dcm", "-q", ...options, source, path);
  } finally {
    await Deno.remove(source);
  }
}

/** DCMTK's sample query files, in order: `wlistqry0.dump` … `wlistqry12.dump`. */
export function sampleWorklistQueries(): string[] {
  return Array.from({ length: 13 }, (_, n) => `${dcmtkSamples}/wlistqry/wlistqry${n}.dump`);
}

/**
 * Starts DCMTK's worklist server. Its items are files in `<folder>/<AE title>/*.wl`.
 *
 * @param options `samples` fills it with DCMTK's ten sample items; `args` are further arguments
 */
export async function startWlmscpfs(
  options: { aeTitle?: string; samples?: boolean; args?: string[] } = {},
): Promise<ForeignServer> {
  const aeTitle = options.aeTitle ?? "OFFIS";
  const folder = await Deno.makeTempDir({ prefix: "wlmscpfs-" });
  await Deno.mkdir(`${folder}/${aeTitle}`);
  await Deno.writeTextFile(`${folder}/${aeTitle}/lockfile`, "");
  if (options.samples ?? true) {
    for (let n = 1; n <= 10; n++) {
      const dump = `${dcmtkSamples}/wlistdb/OFFIS/wklist${n}.dump`;
      await mustRun("dump2dcm", "-q", dump, `${folder}/${aeTitle}/wklist${n}.wl`);
    }
  }
  return await startServer({
    program: dcmtkPath("wlmscpfs") ?? "wlmscpfs",
    aeTitle,
    folder,
    args: (port) => ["-dfp", folder, "-dhl", ...options.args ?? [], `${port}`],
  });
}

/** Starts DCMTK's archive with the given DICOM files in it. */
export async function startDcmqrscp(
  options: { aeTitle?: string; files?: string[]; args?: string[] } = {},
): Promise<ForeignServer> {
  const aeTitle = options.aeTitle ?? "ARCHIVE";
  const folder = await Deno.makeTempDir({ prefix: "dcmqrscp-" });
  await Deno.mkdir(`${folder}/data`);
  const copies: string[] = [];
  for (const [index, file] of (options.files ?? []).entries()) {
    const copy = `${folder}/data/${index}.dcm`;
    await Deno.copyFile(file, copy);
    copies.push(copy);
  }
  if (copies.length > 0) await mustRun("dcmqridx", `${folder}/data`, ...copies);
  await Deno.writeTextFile(
    `${folder}/dcmqrscp.cfg`,
    [
      "MaxPDUSize = 16384",
      "MaxAssociations = 16",
      "HostTable BEGIN",
      "HostTable END",
      "VendorTable BEGIN",
      "VendorTable END",
      "AETable BEGIN",
      `${aeTitle} ${folder}/data RW (200, 1024mb) ANY`,
      "AETable END",
      "",
    ].join("\n"),
  );
  return await startServer({
    program: dcmtkPath("dcmqrscp") ?? "dcmqrscp",
    aeTitle,
    folder,
    args: (port) => ["-c", `${folder}/dcmqrscp.cfg`, ...options.args ?? [], `${port}`],
  });
}

/**
 * Starts Orthanc with its worklist plugin. Worklist items are files in `<folder>/worklists/*.wl`.
 *
 * @param options `files` are DICOM files sent to its archive; `configuration` is merged into Orthanc's own
 */
export async function startOrthanc(
  options: { aeTitle?: string; files?: string[]; configuration?: Record<string, unknown> } = {},
): Promise<ForeignServer> {
  const aeTitle = options.aeTitle ?? "ORTHANC";
  const folder = await Deno.makeTempDir({ prefix: "orthanc-" });
  await Deno.mkdir(`${folder}/worklists`);
  const server = await startServer({
    program: "Orthanc",
    aeTitle,
    folder,
    args: () => [`${folder}/orthanc.json`],
    prepare: async (port) => {
      const configuration = {
        Name: aeTitle,
        StorageDirectory: `${folder}/storage`,
        IndexDirectory: `${folder}/storage`,
        HttpServerEnabled: false,
        DicomAet: aeTitle,
        DicomPort: port,
        DicomCheckCalledAet: false,
        DicomAlwaysAllowEcho: true,
        DicomAlwaysAllowFind: true,
        DicomAlwaysAllowFindWorklist: true,
        DicomAlwaysAllowStore: true,
        Plugins: [orthancPlugin()],
        Worklists: { Enable: true, Database: `${folder}/worklists`, FilterIssuerAet: false },
        ...options.configuration,
      };
      await Deno.writeTextFile(`${folder}/orthanc.json`, JSON.stringify(configuration, null, 2));
    },
  });
  const files = options.files ?? [];
  if (files.length > 0) {
    await mustRun("storescu", "-aec", aeTitle, host, `${server.port}`, ...files);
  }
  return server;
}

/** Starts pynetdicom's archive with the given DICOM files in it. */
export async function startQrscp(
  options: { aeTitle?: string; files?: string[] } = {},
): Promise<ForeignServer> {
  const aeTitle = options.aeTitle ?? "QRSCP";
  const folder = await Deno.makeTempDir({ prefix: "qrscp-" });
  const server = await startServer({
    program: "python3",
    aeTitle,
    folder,
    args: (port) => [
      ...["-m", "pynetdicom", "qrscp", "--port", `${port}`, "-aet", aeTitle, "-ba", host],
      ...["--database-location", `${folder}/instances.sqlite`],
      ...["--instance-location", `${folder}/instances`],
    ],
  });
  const files = options.files ?? [];
  if (files.length > 0) {
    await mustRun("storescu", "-aec", aeTitle, host, `${server.port}`, ...files);
  }
  return server;
}

interface ServerPlan {
  program: string;
  aeTitle: string;
  folder: string;
  args: (port: number) => string[];
  prepare?: (port: number) => Promise<void>;
}

async function startServer(plan: ServerPlan): Promise<ForeignServer> {
  const port = freePort();
  await plan.prepare?.(port);
  let child: Deno.ChildProcess | undefined;
  let stderr: Promise<string> = Promise.resolve("");
  const stop = async (): Promise<void> => {
    if (child === undefined) return;
    const ending = child;
    child = undefined;
    killProcess(ending.pid);
    await ending.status;
    await stderr;
  };
  const start = async (): Promise<void> => {
    if (child !== undefined) return;
    const started = new Deno.Command(plan.program, {
      args: plan.args(port),
      cwd: plan.folder,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    child = started;
    stderr = new Response(started.stderr).text();
    try {
      await untilItEchoes(plan.aeTitle, port, started);
    } catch (error) {
      await stop();
      throw new Error(`${plan.program} did not start: ${await stderr}`, { cause: error });
    }
  };
  await start();
  return {
    host,
    port,
    aeTitle: plan.aeTitle,
    folder: plan.folder,
    start,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await Deno.remove(plan.folder, { recursive: true });
    },
  };
}

function killProcess(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
  }
}

/** A TCP port of the loopback interface that nobody listens on now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: host, port: 0 });
  return listener.addr.port;
}

/** Asks again until a C-ECHO is answered: a foreign process has no other way to say that it is ready. */
async function untilItEchoes(
  aeTitle: string,
  port: number,
  child: Deno.ChildProcess,
): Promise<void> {
  let ended = false;
  child.status.then(() => ended = true);
  const deadline = performance.now() + readyWithinMs;
  while (performance.now() < deadline) {
    if (ended) throw new Error("the process ended");
    if (await acceptsConnections(port)) {
      const output = await dcmtk("echoscu", "-to", "5", "-aec", aeTitle, host, `${port}`);
      if (output.code === 0) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no C-ECHO answered within ${readyWithinMs} ms`);
}

async function acceptsConnections(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: host, port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
