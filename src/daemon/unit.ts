/**
 * A systemd unit for one configuration, or, in a package, for any configuration.
 *
 * @module
 */
import { webhookForbiddenRanges } from "../deliver/webhook_url.ts";
import type { Config } from "./config.ts";
import { isLoopback } from "../serve/address_range.ts";
import { type Grants, grantsOf, hostsOf, optionsOf } from "./permissions.ts";
import { placesOf, type ServicePlaces } from "./service/places.ts";
import { commandLine, quoted } from "./service/unit_syntax.ts";

/** The place where the program is installed. */
export interface Installation {
  /** Absolute path of `deno`. */
  readonly deno: string;
  /** Absolute path of `main.ts`. */
  readonly main: string;
  /** `$CREDENTIALS_DIRECTORY` when the configuration was read. */
  readonly credentials?: string | undefined;
  /** True if the libraries lie in `node_modules` beside `main.ts`: nothing is fetched. */
  readonly isOffline?: boolean | undefined;
}

/** The settings that differ from unit to unit. */
interface UnitParts {
  readonly documentation: string;
  readonly start: readonly string[];
  readonly reload: readonly string[];
  readonly credentials: readonly string[];
  readonly places: ServicePlaces;
  /** Lines about the network addresses that the service may reach. */
  readonly addresses: readonly string[];
  /** True if the service listens on a port under 1024. */
  readonly bindsLowPort: boolean;
  readonly isOffline: boolean;
}

/**
 * Writes a hardened systemd unit with exactly the permissions that a configuration needs.
 *
 * @param config The configuration; its file's path must be absolute.
 * @param installation The place where the program is installed.
 * @returns The text of the unit.
 * @throws {RangeError} If a unit cannot write a path.
 */
export function systemdUnit(config: Config, installation: Installation): string {
  const { deno, main, credentials, isOffline = false } = installation;
  const places = placesOf(config);
  const grants = grantsOf(config, main.replace(/\/[^/]*$/, ""));
  const permissions = optionsOf(places.isDynamic ? withPrivateTwins(grants) : grants);
  const offline = isOffline ? ["--cached-only", "--node-modules-dir=manual"] : [];
  const program = [deno, "run", "--no-prompt", ...offline, ...permissions, main];
  const command = (name: string): string[] =>
    commandLine([...program, name, "--config", config.file], credentials);
  return unitText({
    documentation: `file://${main.replace(/main\.ts$/, "docs/install.md")}`,
    start: [
      "# Exactly the permissions that this configuration needs. When the configuration changes,",
      "# `worklistd check` says if the unit must be written again.",
      ...assigned("ExecStart", command("run")),
    ],
    reload: assigned("ExecReload", command("reload")),
    credentials: credentialLines(config, credentials),
    places,
    addresses: addressLines(config),
    bindsLowPort: bindsLowPort(config),
    isOffline,
  });
}

/** The settings of a package's unit, which suits every configuration. */
export interface PackagedInstallation {
  /** Starts the daemon with exactly the permissions that its configuration needs. */
  readonly launcher: string;
  /** The program for commands. */
  readonly program: string;
  readonly config: string;
  readonly documentation: string;
}

/**
 * Writes the unit of a package. Its launcher works out Deno's permissions from the configuration at each start.
 *
 * @param installation The place where the package puts things.
 * @returns The text of the unit.
 */
export function packagedUnit(installation: PackagedInstallation): string {
  const { launcher, program, config, documentation } = installation;
  return unitText({
    documentation,
    start: [
      "# The launcher gives Deno exactly the permissions that the configuration needs, at each start.",
      `ExecStart=${launcher} ${config}`,
    ],
    reload: [`ExecReload=${program} reload --config ${config}`],
    credentials: [
      "# A secret that only root may read: name it ${env:CREDENTIALS_DIRECTORY}/hook.key in the",
      "# configuration, and add by `systemctl edit worklistd`:",
      "# LoadCredential=hook.key:/etc/worklistd/hook.key",
    ],
    places: {
      stateDirectory: "worklistd",
      logsDirectories: ["worklistd"],
      writable: [],
      isDynamic: false,
    },
    addresses: forbiddenAddresses,
    bindsLowPort: false,
    isOffline: true,
  });
}

function unitText(parts: UnitParts): string {
  const { places } = parts;
  const lines = [
    ...firstSteps(places),
    "[Unit]",
    "Description=worklistd: DICOM queries on a schedule, changes delivered",
    `Documentation=${parts.documentation}`,
    "# Peers and webhooks are names on the network; the schedule needs the right time.",
    "After=network-online.target nss-lookup.target time-sync.target",
    "Wants=network-online.target",
    "",
    "[Service]",
    "# Ready when the state is open and the schedule runs; systemd-notify speaks for the daemon.",
    "Type=notify",
    "NotifyAccess=all",
    "# The name in the journal; it would be that of the runtime. Each line has its priority.",
    "SyslogIdentifier=worklistd",
    ...parts.start,
    ...parts.credentials,
    "# Waits until the daemon has taken the file over. A file with problems is an error, and the daemon goes on.",
    ...parts.reload,
    "# Polls under way get 15 s, deliveries 5 s, then they are given up: the next start repeats them.",
    "TimeoutStopSec=30s",
    "# Connections, journals and sinks; the usual 1024 end with some hundred peers (EMFILE in the log).",
    "LimitNOFILE=65536",
    "# The daemon ends by itself; systemd-notify, which it starts, is not to be ended before it has spoken.",
    "KillMode=mixed",
    "Restart=always",
    "RestartSec=5s",
    "# 78: the configuration is wrong, and another start does not mend it.",
    "RestartPreventExitStatus=78",
    "WatchdogSec=2min",
    "",
    ...accountLines(places),
    ...directoryLines(places, parts.isOffline),
    "",
    "# Nothing in the environment changes where data goes: no proxies, no further certificates.",
    `UnsetEnvironment=${unsetVariables.join(" ")}`,
    "",
    "# The file system is read-only except for these folders.",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    ...(places.writable.length > 0
      ? [`ReadWritePaths=${places.writable.map(quoted).join(" ")}`]
      : []),
    ...parts.addresses,
    ...sandbox,
    ...(parts.bindsLowPort ? lowPortPrivileges : noPrivileges),
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ];
  return lines.join("\n") + "\n";
}

/** Lists the commands that make what the unit cannot make itself. */
function firstSteps(places: ServicePlaces): string[] {
  const commands = setupCommands(places);
  if (commands.length === 0) return [];
  return ["# Before the first start, as root:", ...commands.map((line) => `#   ${line}`), ""];
}

/**
 * Lists the commands that make the account and the folders of a service.
 *
 * @param places The account and folders.
 * @returns Shell commands for root; each may be run again.
 */
export function setupCommands(places: ServicePlaces): string[] {
  if (places.isDynamic) return [];
  return [
    "getent passwd worklistd >/dev/null || useradd --system --user-group --no-create-home " +
    "--home-dir /nonexistent --shell /usr/sbin/nologin worklistd",
    ...places.writable.map((path) => {
      const folder = `'${path.replaceAll("'", "'\\''")}'`;
      return `test -d ${folder} || install -d -o worklistd -g worklistd -m 2750 ${folder}`;
    }),
  ];
}

function accountLines({ isDynamic }: ServicePlaces): string[] {
  return isDynamic
    ? ["# An account of its own that exists while the service runs.", "DynamicUser=yes"]
    : ["# An account of its own, which the folders of sinks belong to.", "User=worklistd"];
}

function directoryLines(places: ServicePlaces, isOffline: boolean): string[] {
  const { stateDirectory, logsDirectories, isDynamic } = places;
  return [
    ...(stateDirectory === undefined ? [] : [
      `# /var/lib/${stateDirectory}; systemd makes it. Members of the group may use the control socket in it.`,
      `StateDirectory=${quoted(stateDirectory)}`,
      "StateDirectoryMode=0750",
    ]),
    ...(logsDirectories.length === 0 ? [] : [
      "# In /var/log, also readable by the group; systemd makes it.",
      `LogsDirectory=${logsDirectories.map(quoted).join(" ")}`,
      "LogsDirectoryMode=0750",
    ]),
    isOffline
      ? "# What Deno compiled, so that it starts faster."
      : "# The first start fetches the libraries from the npm registry into this folder.",
    "CacheDirectory=worklistd",
    "CacheDirectoryMode=0700",
    "Environment=DENO_DIR=%C/worklistd DENO_NO_UPDATE_CHECK=1",
    ...(isDynamic ? ["UMask=0077"] : [
      "# What sinks write may be read by the group of its folder; the files of the state by nobody else.",
      "UMask=0027",
    ]),
  ];
}

/** The secrets that systemd hands over, from where they are now. */
function credentialLines(config: Config, credentials: string | undefined): string[] {
  if (credentials === undefined) return [];
  const files = config.used.files.filter((path) => path.startsWith(credentials + "/"));
  if (files.length === 0) return [];
  const source = credentials.replace(/\/\.$/, "");
  return [
    "# Secrets that only root need be able to read; the service finds them in $CREDENTIALS_DIRECTORY.",
    ...files.map((path) => {
      const name = path.slice(credentials.length + 1);
      return `LoadCredential=${quoted(`${name}:${source}/${name}`)}`;
    }),
  ];
}

/**
 * Deno resolves links before it compares: with `DynamicUser=`, `/var/lib/worklistd` is a link into
 * `/var/lib/private`.
 */
function withPrivateTwins(grants: Grants): Grants {
  const twins = (paths: readonly string[]): string[] =>
    paths.flatMap((path) => [path, ...(privateTwin(path) ?? [])]);
  return {
    ...grants,
    read: twins(grants.read),
    write: twins(grants.write),
    net: grants.net.flatMap((host) =>
      host.startsWith("unix:")
        ? twins([host.slice("unix:".length)]).map((path) => `unix:${path}`)
        : [host]
    ),
  };
}

function privateTwin(path: string): string[] | undefined {
  const [, base, rest] = /^(\/var\/lib)\/(.*)$/.exec(path) ?? [];
  return base === undefined || rest === undefined ? undefined : [`${base}/private/${rest}`];
}

/** If no name is looked up, the kernel lets only the addresses of the configuration through. */
function addressLines(config: Config): string[] {
  const { hosts, isListening } = hostsOf(config);
  if (!isListening && hosts.every(isAddress)) {
    // Who calls 127.0.0.2 comes from 127.0.0.1.
    const callers = [config.http, config.serve].some(Boolean) ? ["localhost"] : [];
    const allowed = new Set([
      ...hosts.filter((host) => callers.length === 0 || !isLoopback(host)),
      ...callers,
    ]);
    return [
      "# Only the addresses of the configuration: it names no host that must be looked up.",
      "IPAddressDeny=any",
      `IPAddressAllow=${[...allowed].join(" ")}`,
    ];
  }
  const hasWebhook = [...config.sinks.values()].some(({ options }) =>
    options.reveal().type === "webhook"
  );
  return hasWebhook && !hosts.some((host) => /^(169\.254\.|fe[89ab])/i.test(host))
    ? forbiddenAddresses
    : [];
}

function isAddress(host: string): boolean {
  return /^\d+(\.\d+){3}$/.test(host) || host.includes(":");
}

const forbiddenAddresses = [
  "# No address that a webhook must never reach, whatever its name stands for: link-local, metadata of clouds.",
  `IPAddressDeny=${webhookForbiddenRanges.join(" ")}`,
];

function assigned(name: string, lines: readonly string[]): string[] {
  return [`${name}=${lines.join(" \\\n  ")}`];
}

const unsetVariables = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((
    name,
  ) => [name, name.toLowerCase()]),
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
  "NODE_EXTRA_CA_CERTS",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_OPTIONS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "SSLKEYLOGFILE",
];

const sandbox = [
  "# No devices, no kernel, no other processes.",
  "PrivateDevices=yes",
  "DevicePolicy=closed",
  "ProtectKernelTunables=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelLogs=yes",
  "ProtectControlGroups=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "ProtectProc=invisible",
  "ProcSubset=pid",
  "# No way to more rights.",
  "NoNewPrivileges=yes",
  "RestrictSUIDSGID=yes",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "LockPersonality=yes",
  "RemoveIPC=yes",
  "# TCP, and Unix sockets for commands and systemd.",
  "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "SystemCallFilter=~@privileged @resources",
  "SystemCallErrorNumber=EPERM",
  "# Not MemoryDenyWriteExecute=yes: the JavaScript engine compiles at run time and would not start.",
];

const noPrivileges = [
  "PrivateUsers=yes",
  "CapabilityBoundingSet=",
  "AmbientCapabilities=",
];

/** A user namespace of its own would take the capability away: ports belong to the namespace of the network. */
const lowPortPrivileges = [
  "# The service listens on a port under 1024. Nothing else of what root may do; so not PrivateUsers=yes.",
  "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
  "AmbientCapabilities=CAP_NET_BIND_SERVICE",
];

function bindsLowPort({ http, serve }: Config): boolean {
  return [http, serve].some((section) =>
    section !== undefined && section.listen.port > 0 && section.listen.port < 1024
  );
}
