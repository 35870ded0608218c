/**
 * A systemd unit for one configuration.
 *
 * @module
 */
import type { Config } from "./config.ts";
import { permissionsOf } from "./permissions.ts";

/** Where the program is installed. */
export interface Installation {
  /** Absolute path of `deno`. */
  readonly deno: string;
  /** Absolute path of `main.ts`. */
  readonly main: string;
  /** `$CREDENTIALS_DIRECTORY` when the configuration was read; undefined: there is none. */
  readonly credentials?: string | undefined;
}

/**
 * Writes a hardened systemd unit.
 *
 * @param config The configuration; its file's path must be absolute.
 * @param installation Where the program is installed.
 * @returns The text of the unit.
 * @throws {RangeError} If a path cannot stand in a unit.
 */
export function systemdUnit(config: Config, installation: Installation): string {
  const { deno, main, credentials } = installation;
  const { file, stateDir } = config;
  const permissions = permissionsOf(config, main.replace(/\/[^/]*$/, ""));
  const program = [deno, "run", "--no-prompt", ...permissions, main];
  const written = permissions.find((option) => option.startsWith("--allow-write="))
    ?.slice("--allow-write=".length).split(",") ?? [];
  const isManaged = stateDir === "/var/lib/worklistd";
  const writable = written.filter((path) => !isManaged || path !== stateDir);
  const lines = [
    "[Unit]",
    "Description=worklistd: DICOM queries on a schedule, changes delivered",
    "Documentation=file://" + main.replace(/main\.ts$/, "README.md"),
    "# Peers and webhooks are names on the network.",
    "After=network-online.target",
    "Wants=network-online.target",
    "",
    "[Service]",
    "# Ready when the state is open and the schedule runs; systemd-notify speaks for the daemon.",
    "Type=notify",
    "NotifyAccess=all",
    "# A file with problems does not start.",
    `ExecStartPre=${commandLine([...program, "check", "--config", file], credentials)}`,
    "# Exactly the permissions that this configuration needs; write the unit anew when it changes.",
    `ExecStart=${commandLine([...program, "run", "--config", file], credentials)}`,
    ...credentialLines(config, credentials),
    "ExecReload=/bin/kill -HUP $MAINPID",
    "# Polls under way get 15 s, deliveries 5 s, then they are given up: the next start repeats them.",
    "TimeoutStopSec=30s",
    "Restart=on-failure",
    "RestartSec=5s",
    "# 78: the configuration is wrong, and trying again does not mend it.",
    "RestartPreventExitStatus=78",
    "WatchdogSec=2min",
    "",
    ...(writable.length > 0
      ? [
        "# An account of its own, which the folders of sinks belong to: useradd --system worklistd",
        "User=worklistd",
      ]
      : ["# An account of its own that exists while the service runs.", "DynamicUser=yes"]),
    ...(isManaged
      ? ["# /var/lib/worklistd, for this service only.", "StateDirectory=worklistd"]
      : []),
    "StateDirectoryMode=0700",
    "# The first start fetches the libraries into /var/cache/worklistd; without a way to the npm registry,",
    "# put the folder that `deno info` names DENO_DIR there by hand.",
    "CacheDirectory=worklistd",
    "Environment=DENO_DIR=%C/worklistd",
    "# What sinks write may be read by the group of its folder; the state by nobody else.",
    "UMask=0027",
    "",
    "# The file system is read-only but for what is written.",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    ...(writable.length > 0
      ? [
        "# These folders must be there when the service starts.",
        `ReadWritePaths=${writable.map(quoted).join(" ")}`,
      ]
      : []),
    "# No devices, no kernel, no other processes.",
    "PrivateDevices=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectProc=invisible",
    "# No way to more rights.",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "AmbientCapabilities=",
    "RestrictSUIDSGID=yes",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "LockPersonality=yes",
    "# TCP, and Unix sockets for commands and systemd.",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallErrorNumber=EPERM",
    "# Not MemoryDenyWriteExecute=yes: the JavaScript engine compiles at run time and would not start.",
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ];
  return lines.join("\n") + "\n";
}

/** The secrets that systemd hands over, from where they are now. */
function credentialLines(config: Config, credentials: string | undefined): string[] {
  if (credentials === undefined) return [];
  const files = config.used.files.filter((path) => path.startsWith(credentials + "/"));
  if (files.length === 0) return [];
  return [
    "# Secrets, which only root need be able to read; the service finds them in $CREDENTIALS_DIRECTORY.",
    ...files.map((path) =>
      `LoadCredential=${quoted(`${path.slice(credentials.length + 1)}:${path}`)}`
    ),
  ];
}

/** `%d` is the folder of the credentials when the service runs. */
function commandLine(words: readonly string[], credentials: string | undefined): string {
  const inFolder = credentials === undefined ? undefined : quotedText(credentials) + "/";
  return words.map((word) =>
    inFolder === undefined ? quoted(word) : quoted(word).replaceAll(inFolder, "%d/")
  ).join(" \\\n  ");
}

/** systemd.syntax(7): `%` is doubled; what has other special characters is quoted. */
function quoted(word: string): string {
  if (/[\n\r\0]/.test(word)) throw new RangeError("Cannot put a path with a line end into a unit");
  const text = quotedText(word);
  if (/^[\w@%+=:,./$[\]~-]+$/.test(text)) return text;
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function quotedText(word: string): string {
  return word.replaceAll("%", "%%").replaceAll("$", "$$$$");
}
