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
}

/**
 * Writes a hardened systemd unit.
 *
 * @param config The configuration; its file's path must be absolute.
 * @param installation Where the program is installed.
 * @returns The text of the unit.
 * @throws {RangeError} If a path cannot stand in a unit.
 */
export function systemdUnit(config: Config, { deno, main }: Installation): string {
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
    `ExecStartPre=${commandLine([...program, "check", "--config", file])}`,
    "# Exactly the permissions that this configuration needs; write the unit anew when it changes.",
    `ExecStart=${commandLine([...program, "run", "--config", file])}`,
    "ExecReload=/bin/kill -HUP $MAINPID",
    "# Polls and deliveries under way get 15 s, then the rest is given up.",
    "TimeoutStopSec=30s",
    "Restart=on-failure",
    "RestartSec=5s",
    "# 78: the configuration is wrong, and trying again does not mend it.",
    "RestartPreventExitStatus=78",
    "WatchdogSec=2min",
    "",
    "# An account of its own that exists while the service runs.",
    "DynamicUser=yes",
    ...(isManaged
      ? ["# /var/lib/worklistd, for this service only.", "StateDirectory=worklistd"]
      : []),
    "StateDirectoryMode=0700",
    "# The first start fetches the libraries into /var/cache/worklistd; without a way to the npm registry,",
    "# put the folder that `deno info` names DENO_DIR there by hand.",
    "CacheDirectory=worklistd",
    "Environment=DENO_DIR=%C/worklistd",
    "UMask=0077",
    "",
    "# The file system is read-only but for what is written.",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    ...(writable.length > 0 ? [`ReadWritePaths=${writable.map(quoted).join(" ")}`] : []),
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

function commandLine(words: readonly string[]): string {
  return words.map(quoted).join(" \\\n  ");
}

/** systemd.syntax(7): `%` is doubled; what has other special characters is quoted. */
function quoted(word: string): string {
  if (/[\n\r\0]/.test(word)) throw new RangeError("Cannot put a path with a line end into a unit");
  const text = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  if (/^[\w@%+=:,./$[\]~-]+$/.test(text)) return text;
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
