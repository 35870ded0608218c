import { assertEquals, assertMatch } from "@std/assert";
import { serveMatches } from "../support/find_target.ts";
import { interopTest, python } from "../support/foreign.ts";

/** Types a line where a program in a terminal of its own asks for a password; prints what the terminal shows. */
const inTerminal = `
import os, pty, sys
typed, command = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
shown = b""
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    asked = b"Password of" in shown
    shown += piece
    if not asked and b"Password of" in shown:
        os.write(terminal, typed.encode() + b"\\n")
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** Presses Ctrl-C where a program asks for a password; prints what the terminal shows, and then its settings. */
const interrupted = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp("sh", ["sh", "-c", 'trap : INT; "$@"; echo "exit code $?"; stty -a', "sh", *sys.argv[1:]])
shown = b""
isPressed = False
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if not isPressed and b"Password of" in shown:
        isPressed = True
        os.write(terminal, b"\\x03")
sys.stdout.buffer.write(shown)
os.waitpid(pid, 0)
`;

interopTest("Ctrl-C where a password is asked for leaves the terminal as it was", [
  "pynetdicom",
], async () => {
  const tls = "test/golden/tls";
  const { stdout } = await python(
    interrupted,
    ...[Deno.execPath(), "run", "-A", "main.ts", "find", "127.0.0.1", "11112", "-k", "PatientName"],
    ...["+tls", `${tls}/client_encrypted.key`, `${tls}/client.pem`],
  );
  assertMatch(stdout, /\nworklistd find: interrupted\r\nexit code 130\r\n/);
  assertMatch(stdout, / icanon /);
  assertMatch(stdout, / echo /);
});

interopTest("find asks for the password of a key on stderr, and never shows it", [
  "pynetdicom",
], async () => {
  const tls = "test/golden/tls";
  const [cert, key] = [`${tls}/server.pem`, `${tls}/server.key`].map(Deno.readTextFileSync);
  await using target = serveMatches([], { tls: { cert: cert ?? "", key: key ?? "" } });
  const results = await Deno.makeTempFile({ prefix: "worklistd-prompt-" });
  const find = [
    ...["sh", "-c", `"$@" >"$0"`, results, Deno.execPath(), "run", "-A", "main.ts", "find"],
    ...["+tls", `${tls}/client_encrypted.key`, `${tls}/client.pem`, "+cf", `${tls}/ca.pem`],
    ...["127.0.0.1", target.port, "-k", "PatientName", "--format", "json"],
  ];
  try {
    const right = await python(inTerminal, "secret", ...find);
    assertEquals(right.code, 0, right.stdout);
    assertMatch(right.stdout, /Password of .*client_encrypted\.key: \r\n0 matches, status 0x0000/);
    assertEquals(right.stdout.includes("secret"), false);
    assertEquals(Deno.readTextFileSync(results), "[]\n");
    const wrong = await python(inTerminal, "guess", ...find);
    assertMatch(wrong.stdout, /E: Cannot use the private key for TLS: the password is wrong\r\n$/);
    assertEquals(wrong.code, 1);
    const inDer = find.map((word) =>
      word.replace("client_encrypted.key", "client_encrypted_key.der")
    );
    assertEquals((await python(inTerminal, "secret", ...inDer)).code, 0);
  } finally {
    await Deno.remove(results);
  }
});
