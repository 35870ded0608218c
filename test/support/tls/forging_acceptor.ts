/**
 * An acceptor that speaks TLS 1.3 by hand (RFC 8446), so that it can do what no TLS library lets it do: send any
 * bytes as its certificates, and sign the handshake with a key that is not that of its certificate.
 *
 * One cipher suite (TLS_AES_128_GCM_SHA256) and one group (X25519); one connection after the other.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { concat } from "../../../src/base/concat.ts";

/** What it pretends to be. */
export interface Forgery {
  /** In DER, or whatever shall stand in its place; the first is the acceptor's own. */
  readonly chain: readonly Uint8Array[];
  /** Signs the handshake; of P-256. */
  readonly key: KeyObject;
}

const suite = [0x13, 0x01];
const empty = new Uint8Array();

/** The acceptor. */
export class ForgingAcceptor implements AsyncDisposable {
  readonly port: number;
  /** Bytes of application data that requestors sent. */
  receivedBytes = 0;
  readonly #listener: Deno.Listener;
  readonly #ended: Promise<void>;

  constructor(forgery: Forgery) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#ended = this.#serve(forgery);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#ended;
  }

  async #serve(forgery: Forgery): Promise<void> {
    for await (const connection of this.#listener) {
      try {
        await this.#accept(new Records(connection), forgery);
      } catch {
        // The requestor has gone.
      } finally {
        connection.close();
      }
    }
  }

  async #accept(records: Records, { chain, key }: Forgery): Promise<void> {
    const hello = (await records.read()).content;
    const { sessionId, share } = readClientHello(hello);
    const pair = generateKeyPairSync("x25519");
    const serverHello = handshake(2, [
      u16(0x0303),
      crypto.getRandomValues(new Uint8Array(32)),
      vector(1, sessionId),
      Uint8Array.from([...suite, 0]),
      vector(
        2,
        concat([
          extension(43, u16(0x0304)),
          extension(51, concat([u16(0x1d), vector(2, rawPublicKey(pair.publicKey))])),
        ]),
      ),
    ]);
    await records.write(0x16, serverHello);
    const publicKey = createPublicKey({
      format: "der",
      type: "spki",
      key: Buffer.concat([x25519Prefix, share]),
    });
    const shared = diffieHellman({ privateKey: pair.privateKey, publicKey });
    const early = extract(new Uint8Array(32), new Uint8Array(32));
    const secret = extract(expand(early, "derived", hash(empty)), shared);
    let transcript = concat([hello, serverHello]);
    const ours = expand(secret, "s hs traffic", hash(transcript));
    const theirs = expand(secret, "c hs traffic", hash(transcript));
    records.encryptWith(ours);

    const send = async (message: Uint8Array): Promise<void> => {
      transcript = concat([transcript, message]);
      await records.write(0x16, message);
    };
    await send(handshake(8, [vector(2, empty)]));
    const entries = chain.map((der) => concat([vector(3, der), vector(2, empty)]));
    await send(handshake(11, [vector(1, empty), vector(3, concat(entries))]));
    const signed = concat([
      new Uint8Array(64).fill(0x20),
      new TextEncoder().encode("TLS 1.3, server CertificateVerify\0"),
      hash(transcript),
    ]);
    await send(handshake(15, [u16(0x0403), vector(2, sign("sha256", signed, key))]));
    const finished = createHmac("sha256", expand(ours, "finished", empty))
      .update(hash(transcript)).digest();
    await send(handshake(20, [finished]));

    const master = extract(expand(secret, "derived", hash(empty)), new Uint8Array(32));
    records.decryptWith(theirs);
    for (let isFinished = false;;) {
      const { type, content } = await records.read();
      if (type === 0x16 && content[0] === 20) {
        isFinished = true;
        records.decryptWith(expand(master, "c ap traffic", hash(transcript)));
      } else if (type === 0x17 && isFinished) {
        this.receivedBytes += content.length;
      }
    }
  }
}

/** The records of a connection, RFC 8446 section 5. */
class Records {
  readonly #connection: Deno.Conn;
  #rest = empty;
  #reading: Keys | undefined;
  #writing: Keys | undefined;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  encryptWith(secret: Uint8Array): void {
    this.#writing = keysOf(secret);
  }

  decryptWith(secret: Uint8Array): void {
    this.#reading = keysOf(secret);
  }

  async write(type: number, content: Uint8Array): Promise<void> {
    let record = concat([Uint8Array.of(type, 3, 3), vector(2, content)]);
    if (this.#writing !== undefined) {
      const header = concat([Uint8Array.of(0x17, 3, 3), u16(content.length + 17)]);
      const cipher = createCipheriv("aes-128-gcm", this.#writing.key, nonceOf(this.#writing));
      cipher.setAAD(header);
      const body = concat([cipher.update(concat([content, Uint8Array.of(type)])), cipher.final()]);
      record = concat([header, body, cipher.getAuthTag()]);
    }
    for (let at = 0; at < record.length;) at += await this.#connection.write(record.subarray(at));
  }

  async read(): Promise<{ type: number; content: Uint8Array }> {
    const header = await this.#take(5);
    const body = await this.#take(((header[3] ?? 0) << 8) | (header[4] ?? 0));
    if (header[0] === 0x14) return await this.read(); // ChangeCipherSpec means nothing any more.
    if (header[0] !== 0x17 || this.#reading === undefined) {
      return { type: header[0] ?? 0, content: body };
    }
    const cipher = createDecipheriv("aes-128-gcm", this.#reading.key, nonceOf(this.#reading));
    cipher.setAAD(header);
    cipher.setAuthTag(body.subarray(-16));
    const plain = concat([cipher.update(body.subarray(0, -16)), cipher.final()]);
    const end = plain.findLastIndex((byte) => byte !== 0);
    return { type: plain[end] ?? 0, content: plain.slice(0, end) };
  }

  async #take(length: number): Promise<Uint8Array> {
    while (this.#rest.length < length) {
      const chunk = new Uint8Array(16_384);
      const read = await this.#connection.read(chunk);
      if (read === null) throw new Error("closed");
      this.#rest = concat([this.#rest, chunk.subarray(0, read)]);
    }
    const taken = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
    return taken;
  }
}

interface Keys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  count: number;
}

function keysOf(secret: Uint8Array): Keys {
  return { key: expand(secret, "key", empty, 16), iv: expand(secret, "iv", empty, 12), count: 0 };
}

function nonceOf(keys: Keys): Uint8Array {
  const nonce = Uint8Array.from(keys.iv);
  new DataView(nonce.buffer).setUint32(8, new DataView(nonce.buffer).getUint32(8) ^ keys.count++);
  return nonce;
}

const x25519Prefix = Buffer.from("302a300506032b656e032100", "hex");

function rawPublicKey(key: KeyObject): Uint8Array {
  return key.export({ format: "der", type: "spki" }).subarray(x25519Prefix.length);
}

function readClientHello(message: Uint8Array): { sessionId: Uint8Array; share: Uint8Array } {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 4 + 2 + 32;
  const sessionId = message.slice(at + 1, at + 1 + view.getUint8(at));
  at += 1 + sessionId.length;
  at += 2 + view.getUint16(at);
  at += 1 + view.getUint8(at);
  for (at += 2; at < message.length; at += 4 + view.getUint16(at + 2)) {
    if (view.getUint16(at) !== 51) continue;
    for (let share = at + 6; share < at + 4 + view.getUint16(at + 2);) {
      const length = view.getUint16(share + 2);
      if (view.getUint16(share) === 0x1d) {
        return { sessionId, share: message.slice(share + 4, share + 4 + length) };
      }
      share += 4 + length;
    }
  }
  throw new Error("the requestor offers no X25519");
}

function hash(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

function extract(salt: Uint8Array, secret: Uint8Array): Uint8Array {
  return createHmac("sha256", salt).update(secret).digest();
}

/** HKDF-Expand-Label. */
function expand(secret: Uint8Array, label: string, context: Uint8Array, length = 32): Uint8Array {
  const info = concat([
    u16(length),
    vector(1, new TextEncoder().encode(`tls13 ${label}`)),
    vector(1, context),
    Uint8Array.of(1),
  ]);
  return createHmac("sha256", secret).update(info).digest().subarray(0, length);
}

function handshake(type: number, parts: readonly Uint8Array[]): Uint8Array {
  return concat([Uint8Array.of(type), vector(3, concat(parts))]);
}

function extension(type: number, content: Uint8Array): Uint8Array {
  return concat([u16(type), vector(2, content)]);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** Bytes after their length, which has 1 to 3 bytes. */
function vector(lengthBytes: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  const all = [length >> 16, (length >> 8) & 0xff, length & 0xff];
  return concat([Uint8Array.from(all.slice(3 - lengthBytes)), content]);
}
