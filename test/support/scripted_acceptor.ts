/**
 * An acceptor that does what a test tells it, however wrong: for each connection a script of recv,
 * send, wait and close steps. It listens and negotiates as `src/serve` does.
 *
 * @module
 */
import {
  CommandField,
  type CommandSet,
  type DimseMessage,
  encodeCommandSet,
} from "../../src/network/dimse.ts";
import { encodeMessage } from "../../src/network/message_encode.ts";
import { MessageAssembler } from "../../src/network/message_assembler.ts";
import type { AAssociateAc, AAssociateRq, Pdu } from "../../src/network/pdu.ts";
import { decodePdu } from "../../src/network/pdu_decode.ts";
import { encodePdu } from "../../src/network/pdu_encode.ts";
import { type PduFrame, PduStream } from "../../src/network/pdu_stream.ts";
import type { ByteConnection } from "../../src/network/byte_connection.ts";
import { answerTo } from "../../src/serve/association_answer.ts";
import { listenPlain } from "../../src/serve/listener.ts";

/** What to do with one connection; when it returns, the connection is closed. */
export type Script = (peer: ScriptedPeer) => Promise<void>;

/** Listens on a free port of 127.0.0.1 and plays a script to each connection. */
export class ScriptedAcceptor implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly port: number;
  /** How many connections have come. */
  connections = 0;
  readonly #listener = listenPlain(this.host, 0);
  readonly #scripts: readonly Script[];
  readonly #tasks: Promise<void>[] = [];
  readonly #peers: ScriptedPeer[] = [];
  readonly #accepting: Promise<void>;
  readonly #disposing = Promise.withResolvers<void>();

  /** Plays the scripts in order, one to each connection, the last one to all that follow. */
  constructor(...scripts: Script[]) {
    this.#scripts = scripts;
    this.port = this.#listener.port;
    this.#accepting = this.#accept();
  }

  async #accept(): Promise<void> {
    for (;;) {
      const connection = await this.#listener.accept();
      if (connection === undefined) return;
      const script = this.#scripts[Math.min(this.connections, this.#scripts.length - 1)];
      this.connections++;
      const peer = new ScriptedPeer(connection, this.#disposing.promise);
      this.#peers.push(peer);
      if (script !== undefined) this.#tasks.push(script(peer).finally(() => peer.close()));
    }
  }

  /** Waits until all scripts have ended; throws what the first failing one threw. */
  async done(): Promise<void> {
    await Promise.all(this.#tasks);
  }

  /** Stops listening and closes what is open; a script that waits for its peer fails unheard. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposing.resolve();
    this.#listener.close();
    await this.#accepting;
    for (const peer of this.#peers) peer.close();
    await Promise.allSettled(this.#tasks);
  }
}

/** One connection, as a script sees it. */
export class ScriptedPeer {
  readonly #connection: ByteConnection;
  readonly #stream = new PduStream();
  readonly #assembler = new MessageAssembler();
  readonly #messages: DimseMessage[] = [];
  #request: AAssociateRq | undefined;
  #closed = false;

  /** Resolves when the test is over: awaited by a peer that hangs without reading. */
  readonly untilTestEnds: Promise<void>;

  /** Takes over `connection`. */
  constructor(connection: ByteConnection, untilTestEnds: Promise<void>) {
    this.#connection = connection;
    this.untilTestEnds = untilTestEnds;
  }

  /** Waits for a PDU of this type. */
  async recv<T extends Pdu["type"]>(type: T): Promise<Extract<Pdu, { type: T }>> {
    const frame = await this.#frame();
    if (frame === undefined) throw new Error(`Expected ${type}, the peer closed the connection`);
    const pdu = decodePdu(frame.buffer.subarray(frame.start, frame.end));
    if (pdu.type !== type) throw new Error(`Expected ${type}, received ${pdu.type}`);
    return pdu as Extract<Pdu, { type: T }>;
  }

  /** Waits for a whole message. */
  async recvMessage(): Promise<DimseMessage> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      const frame = await this.#frame();
      if (frame === undefined) {
        throw new Error("Expected a message, the peer closed the connection");
      }
      this.#assembler.receive(frame, this.#messages);
    }
  }

  /** Waits for A-ASSOCIATE-RQ and accepts all contexts, each with its first transfer syntax. */
  async accept(change: Partial<AAssociateAc> = {}): Promise<AAssociateRq> {
    this.#request = await this.recv("A-ASSOCIATE-RQ");
    const contexts = this.#request.presentationContexts;
    const answer = answerTo(this.#request, { contexts, maxPduLength: 16384 });
    await this.send(encodePdu({ ...answer, ...change } as AAssociateAc));
    return this.#request;
  }

  /** Waits for A-RELEASE-RQ and answers it. */
  async acceptRelease(): Promise<void> {
    await this.recv("A-RELEASE-RQ");
    await this.send(encodePdu({ type: "A-RELEASE-RP" }));
  }

  /** Sends bytes, in one write each. */
  async send(...chunks: Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) {
        at += await this.#connection.write(chunk.subarray(at));
      }
    }
  }

  /** Sends a response to a request, pending with a data set or final without. */
  async respond(
    request: DimseMessage,
    status: number,
    dataSet?: Uint8Array,
    change: Partial<CommandSet> = {},
  ): Promise<void> {
    await this.send(responseBytes(request, status, dataSet, change));
  }

  /** Waits until the peer closes the connection; whatever it still sends is dropped. */
  async untilClosed(): Promise<void> {
    const into = new Uint8Array(65536);
    try {
      while (await this.#connection.read(into) !== null);
    } catch {
      // Closed by a reset.
    }
  }

  /** The bytes of one read of the connection, where no PDU is waited for. */
  async recvChunk(): Promise<Uint8Array<ArrayBuffer>> {
    const into = new Uint8Array(65536);
    return into.subarray(0, await this.#connection.read(into) ?? 0);
  }

  /** Closes the connection. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }

  async #frame(): Promise<PduFrame | undefined> {
    for (;;) {
      const frame = this.#stream.next();
      if (frame !== undefined) return frame;
      const length = await this.#connection.read(this.#stream.space());
      if (length === null) return undefined;
      this.#stream.received(length);
    }
  }
}

/** The PDUs of a response: pending with a data set, or final without. */
export function responseBytes(
  request: DimseMessage,
  status: number,
  dataSet?: Uint8Array,
  change: Partial<CommandSet> = {},
): Uint8Array {
  return encodeMessage(
    request.presentationContextId,
    encodeCommandSet({
      commandField: request.command.commandField | CommandField.CFindRsp & 0x8000,
      messageIDBeingRespondedTo: request.command.messageID ?? 0,
      commandDataSetType: dataSet === undefined ? 0x0101 : 0x0001,
      status,
      ...change,
    }),
    dataSet,
    0,
  );
}
