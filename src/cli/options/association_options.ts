/**
 * The options that `find` and `echo` share: logging, association, user identity and TLS.
 *
 * The aliases are the spellings of DCMTK's, pynetdicom's and dicom-rs's `findscu`, see docs/find.md.
 *
 * @module
 */
import type { OptionGroup } from "./option_table.ts";

/** Options of every command. */
export const generalOptions = {
  heading: "General",
  options: [
    { name: "help", kind: "flag", aliases: ["-h"], help: "print this text" },
    { name: "version", kind: "flag", aliases: ["-V"], help: "print the version" },
  ],
} as const satisfies OptionGroup;

/** Options of the log. */
export const loggingOptions = {
  heading: "Messages (on stderr; results are on stdout)",
  options: [
    {
      name: "quiet",
      kind: "flag",
      alternative: "level",
      aliases: ["-q"],
      help: "print nothing; see the exit code",
    },
    {
      name: "verbose",
      kind: "flag",
      alternative: "level",
      aliases: ["-v"],
      help: "say what is done",
    },
    {
      name: "debug",
      kind: "flag",
      alternative: "level",
      aliases: ["-d"],
      help: "also print every PDU, message and data set; may hold patient data",
    },
    {
      name: "log-level",
      kind: "text",
      alternative: "level",
      value: "LEVEL",
      aliases: ["-ll"],
      choices: ["fatal", "critical", "error", "warn", "warning", "info", "debug", "trace"],
      help: "say what is of this level or above:",
    },
    { name: "log-file", kind: "file", value: "FILE", help: "write messages to FILE, too" },
    {
      name: "log-file-size",
      kind: "size",
      needs: "log-file",
      value: "SIZE",
      help: "start a new log file beyond SIZE, as 10MB (the default)",
    },
    {
      name: "log-file-keep",
      kind: "integer",
      needs: "log-file",
      value: "N",
      max: 1000,
      help: "keep N older log files, FILE.1 being the youngest (default: 5)",
    },
    {
      name: "log-config",
      kind: "refused",
      aliases: ["-lc"],
      words: 1,
      help: "DCMTK's logger configuration is not read; use --log-level, --log-file and " +
        "--log-file-size",
    },
    {
      name: "arguments",
      kind: "flag",
      help: "print the command line with its command files expanded, then go on",
    },
  ],
} as const satisfies OptionGroup;

/** Options of AE titles and deadlines. */
export const associationOptions = {
  heading: "Association",
  options: [
    {
      name: "calling-ae-title",
      kind: "text",
      value: "AET",
      aliases: ["-aet", "--aetitle", "--calling-aet"],
      help: "our AE title (default: WORKLISTD, or that of the peer in --config)",
    },
    {
      name: "called-ae-title",
      kind: "text",
      value: "AET",
      aliases: ["-aec", "--call", "--called-aet"],
      help: "the peer's AE title (default: that of PEER, otherwise ANY-SCP)",
    },
    {
      name: "config",
      kind: "file",
      value: "FILE",
      aliases: ["-c"],
      help: "PEER may be the name of a peer in this configuration",
    },
    {
      name: "connect-timeout",
      kind: "duration",
      value: "TIME",
      aliases: ["-to", "--timeout"],
      help: "for the TCP connection and TLS (default: 10; seconds, or as 500ms, 2m; 0: a day)",
    },
    {
      name: "associate-timeout",
      kind: "duration",
      value: "TIME",
      aliases: ["-ta", "--acse-timeout"],
      help: "for the answer to the association request, and to its release (default: 30)",
    },
    {
      name: "response-timeout",
      kind: "duration",
      value: "TIME",
      aliases: ["-td", "--dimse-timeout"],
      help: "for each next response (default: 60)",
    },
    {
      name: "network-timeout",
      kind: "duration",
      value: "TIME",
      aliases: ["-tn", "-ts", "--socket-timeout", "--read-timeout"],
      help: "for silence of the network, whatever is waited for (default: 60)",
    },
    {
      name: "write-timeout",
      kind: "noted",
      words: 1,
      help: "a peer that does not read a request is given up after --response-timeout",
    },
    {
      name: "max-pdu",
      kind: "integer",
      value: "BYTES",
      aliases: ["-pdu", "--max-pdu-length"],
      max: 131072,
      help: "the longest PDU that we receive, 4096 to 131072, or 0 for no limit (default: 131072)",
    },
    {
      name: "transfer-syntaxes",
      kind: "text",
      value: "LIST",
      help:
        "propose these, in order, with commas: explicit-little, implicit-little, explicit-big, " +
        "deflated, or UIDs",
      presets: [
        {
          tokens: ["-x=", "--propose-uncompr"],
          value: "explicit-little,explicit-big,implicit-little",
          help: "all uncompressed ones, explicit VR first (the default)",
        },
        {
          tokens: ["-xe", "--propose-little"],
          value: "explicit-little,explicit-big,implicit-little",
          help: "all uncompressed ones, explicit VR little endian first",
        },
        {
          tokens: ["-xb", "--propose-big"],
          value: "explicit-big,explicit-little,implicit-little",
          help: "all uncompressed ones, explicit VR big endian first",
        },
        {
          tokens: ["-xd", "--propose-deflated"],
          value: "deflated,explicit-little,explicit-big,implicit-little",
          help: "deflated explicit VR little endian, then all uncompressed ones",
        },
        {
          tokens: ["-xi", "--propose-implicit"],
          value: "implicit-little",
          help: "implicit VR little endian only",
        },
      ],
    },
    {
      name: "compression-level",
      kind: "noted",
      aliases: ["+cl"],
      words: 1,
      help: "identifiers are deflated at zlib's default level",
    },
    { name: "abort", kind: "flag", help: "abort the association instead of releasing it" },
  ],
} as const satisfies OptionGroup;

/** User identity negotiation, PS3.7 D.3.3.7. */
export const identityOptions = {
  heading: "User identity",
  options: [
    { name: "user", kind: "text", value: "NAME", help: "send the peer a user name" },
    {
      name: "user-password-file",
      kind: "file",
      alternative: "user-password",
      value: "FILE",
      help: "with the password in FILE",
    },
    {
      name: "user-password-env",
      kind: "text",
      alternative: "user-password",
      value: "NAME",
      help: "with the password in the environment variable NAME",
    },
    { name: "user-kerberos", kind: "file", value: "FILE", help: "a Kerberos service ticket" },
    { name: "user-saml", kind: "file", value: "FILE", help: "a SAML assertion" },
    { name: "user-jwt", kind: "file", value: "FILE", help: "a JSON web token" },
    {
      name: "user-response",
      kind: "flag",
      help: "fail where the peer does not confirm that it took the identity",
    },
  ],
} as const satisfies OptionGroup;

/** TLS, with the spellings of DCMTK. */
export const tlsOptions = {
  heading: "TLS",
  options: [
    {
      name: "transport",
      kind: "text",
      value: "HOW",
      choices: ["tcp", "anonymous", "identity"],
      help: "",
      presets: [
        {
          tokens: ["-tls", "--disable-tls"],
          value: "tcp",
          help: "TCP without TLS (the default, but for peers in --config that have TLS)",
        },
        {
          tokens: ["--tls", "+tla", "--anonymous-tls"],
          value: "anonymous",
          help: "use TLS, without a certificate of our own",
        },
      ],
    },
    {
      name: "tls-identity",
      kind: "pair",
      value: "KEY CERT",
      aliases: ["+tls", "--enable-tls"],
      implies: { name: "transport", value: "identity" },
      help: "use TLS with our private key and certificate files",
    },
    {
      name: "tls-password-file",
      kind: "file",
      alternative: "tls-password",
      value: "FILE",
      help: "read the password of an encrypted key from FILE",
    },
    {
      name: "tls-password-env",
      kind: "text",
      alternative: "tls-password",
      value: "NAME",
      help: "the password of an encrypted key is in the environment variable NAME",
    },
    {
      name: "tls-password",
      kind: "text",
      alternative: "tls-password",
      value: "PASSWORD",
      aliases: ["+pw", "--use-passwd"],
      help: "the password itself; every user of this machine can read it in the process list",
      presets: [
        { tokens: ["-pw", "--null-passwd"], value: "", help: "the password is empty" },
      ],
    },
    {
      name: "tls-password-prompt",
      kind: "flag",
      alternative: "tls-password",
      aliases: ["+ps", "--std-passwd"],
      help: "ask for the password of an encrypted key (the default)",
    },
    {
      name: "tls-format",
      kind: "noted",
      aliases: ["-pem", "--pem-keys", "-der", "--der-keys"],
      help: "PEM and DER are recognised by the content of the file",
    },
    {
      name: "tls-ca",
      kind: "file",
      value: "FILE",
      many: true,
      aliases: ["+cf", "--add-cert-file"],
      help: "trust the certification authorities in FILE; without any, those of the system",
    },
    {
      name: "tls-ca-folder",
      kind: "folder",
      value: "DIR",
      many: true,
      aliases: ["+cd", "--add-cert-dir"],
      help: "trust the certification authorities in the files of DIR",
    },
    {
      name: "tls-verify",
      kind: "text",
      value: "HOW",
      choices: ["full", "chain", "none"],
      help: "verify the certificate and its host name (full, the default), the certificate only, " +
        "or nothing:",
      presets: [
        {
          tokens: ["-rc", "--require-peer-cert", "-vc", "--verify-peer-cert"],
          value: "chain",
          help: "--tls-verify chain: DCMTK does not compare the host name",
        },
        {
          tokens: ["-ic", "--ignore-peer-cert"],
          value: "none",
          help: "--tls-verify none: anyone can pretend to be the peer",
        },
      ],
    },
    {
      name: "cipher",
      kind: "refused",
      aliases: ["+cs"],
      words: 1,
      help: "the TLS stack chooses among the suites of TLS 1.2 and 1.3; put stunnel in " +
        "front of a peer that needs an older one",
    },
    {
      name: "list-ciphers",
      kind: "refused",
      aliases: ["+cc"],
      help: "the TLS stack chooses among the suites of TLS 1.2 and 1.3",
    },
    {
      name: "dhparam",
      kind: "refused",
      aliases: ["+dp"],
      words: 1,
      help: "the TLS stack uses elliptic curves only, which need no DH parameters; leave it out, " +
        "and put stunnel in front of a peer that needs DH",
    },
    {
      name: "seed",
      kind: "noted",
      aliases: ["+rs"],
      words: 1,
      help: "random numbers come from the operating system",
    },
    {
      name: "write-seed",
      kind: "noted",
      aliases: ["+ws"],
      help: "random numbers come from the operating system",
    },
    {
      name: "write-seed-file",
      kind: "noted",
      aliases: ["+wf"],
      words: 1,
      help: "random numbers come from the operating system",
    },
    {
      name: "profile-bcp195",
      kind: "noted",
      aliases: ["+px", "+py", "--profile-bcp195-nd"],
      help: "TLS 1.2 and 1.3 with the suites of BCP 195 are what is used in any case",
    },
    {
      name: "profile-bcp195-ex",
      kind: "refused",
      aliases: ["+pz"],
      help: "the TLS stack chooses the suites; leave it out for BCP 195",
    },
    {
      name: "profile-basic",
      kind: "refused",
      aliases: ["+pb", "+pa", "--profile-aes", "+pn", "--profile-null"],
      help: "the retired profiles are not safe and not in the TLS stack; put stunnel in front of " +
        "a peer that needs one",
    },
    {
      name: "add-crl-file",
      kind: "refused",
      aliases: ["+crl"],
      words: 1,
      help: "the TLS stack reads no revocation lists; let stunnel or the peer's network do it",
    },
    {
      name: "enable-crl-vfy",
      kind: "refused",
      aliases: ["+crv", "+cra", "--enable-crl-all"],
      help: "the TLS stack reads no revocation lists; let stunnel or the peer's network do it",
    },
  ],
} as const satisfies OptionGroup;
