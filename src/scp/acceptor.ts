// Touches the world: listens for connections.
/**
 * A small acceptor: C-ECHO, and C-FIND served by a function that yields encoded identifiers.
 *
 * PS3.8 section 7 and PS3.7 section 9.1, for `demo`, tests and benches. Many associations at once, one
 * operation at a time on each, C-CANCEL honoured. Responses leave in large writes.
 *
 * @module
 */
import { SopClass, TransferSyntax } from "../dicom/uid.ts";
import {
  CommandField,
  type CommandSet,
  dataSetFollows,
  type DimseMessage,
  encodeCommandSet,
  messageLength,
  noDataSet,
  writeMessage,
} from "../network/dimse.ts";
import { AssociationAbortedError } from "../network/errors.ts";
import { defaultMaxPduLength, type ProposedContext } from "../network/negotiation.ts";
import type { AAssociateAc, AAssociateRq } from "../network/pdu.ts";
import { encodePdu } from "../network/pdu_encode.ts";
import { PeerLink } from "../network/peer_link.ts";
import type { Trace } from "../network/trace.ts";
import { answerTo } from "./association_answer.ts";

/** A C-FIND request as it is served. */
export interface FindIndication {
  readonly sopClassUid: string;
  /** The encoded Identifier. */
  readonly identifier: Uint8Array;
  /** How the Identifier is encoded, and how the matches must be. */
  readonly transferSyntaxUid: string;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  /** Aborted by C-CANCEL and when the association ends. */
  readonly signal: AbortSignal;
}

/** Serves a C-FIND: yields the encoded matches; throws {@linkcode FindFailure} to fail it. */
export type FindHandler = (
  indication: FindIndication,
) => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Ends a C-FIND with a failure status, after the matches yielded before. */
export class FindFailure extends Error {
  override readonly name = "FindFailure";
  /** The value of Status (0000,0900). */
  readonly status: number;

  /** `errorComment` is sent as Error Comment (0000,0902). */
  constructor(status: number, errorComment = "") {
    super(errorComment);
    this.status = status;
  }
}

/** Options of {@linkcode Acceptor.listen}. */
export interface AcceptorOptions {
  /** Serves C-FIND requests. */
  readonly find: FindHandler;
  /**
   * The address to listen on.
   *
   * @default {"127.0.0.1"}
   */
  readonly host?: string | undefined;
  /**
   * The port to listen on; 0 takes a free one.
   *
   * @default {0}
   */
  readonly port?: number | undefined;
  /** Reject associations that call another title; leave out to take any. */
  readonly aeTitle?: string | undefined;
  /**
   * SOP classes for C-FIND with the transfer syntaxes to choose from, best first.
   *
   * @default worklist, query/retrieve and UPS in Explicit and Implicit VR Little Endian
   */
  readonly contexts?: readonly ProposedContext[] | undefined;
  /**
   * The longest P-DATA-TF that is taken, in bytes; 0 means no limit.
   *
   * @default {131072}
   */
  readonly maxPduLength?: number | undefined;
  /** Speak TLS with this certificate and key, in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Is told of every PDU, of all associations. */
  readonly trace?: Trace | undefined;
  /** Is told why an association ended that was neither released nor aborted. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const littleEndian = [
  TransferSyntax.ExplicitVrLittleEndian,
  TransferSyntax.ImplicitVrLittleEndian,
];

/** C-FIND of every model that we know, C-ECHO is added to any list. */
const defaultContexts: readonly ProposedContext[] = Object.values(SopClass)
  .filter((uid) => uid !== SopClass.Verification)
  .map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: littleEndian }));

/** Listens, and serves each association that comes. */
export class Acceptor {
  /** The address that is listened on. */
  readonly host: string;
  /** The port that is listened on. */
  readonly port: number;
  readonly #listener: Deno.Listener<Deno.Conn<Deno.NetAddr>>;
  readonly #options: AcceptorOptions;
  readonly #links = new Set<PeerLink>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;

  private constructor(options: AcceptorOptions) {
    const { host = "127.0.0.1", port = 0, tls } = options;
    this.#options = options;
    this.#listener = tls === undefined
      ? Deno.listen({ hostname: host, port })
      : Deno.listenTls({ hostname: host, port, ...tls });
    const address = this.#listener.addr as Deno.NetAddr;
    this.host = address.hostname;
    this.port = address.port;
    this.#accepting = this.#accept();
  }

  /** Starts to listen; connections are taken from the moment that it returns. */
  static listen(options: AcceptorOptions): Acceptor {
    return new Acceptor(options);
  }

  /** Stops listening, aborts the associations that are left, waits until all is gone. */
  async close(): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    const closing = new AssociationAbortedError({ source: "local", reason: 0, state: "transfer" });
    await Promise.all([...this.#links].map((link) => link.abort(closing)));
    await Promise.all(this.#tasks);
  }

  /** Closes the acceptor. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #accept(): Promise<void> {
    for (;;) {
      let connection: Deno.Conn<Deno.NetAddr>;
      try {
        connection = await this.#listener.accept();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) this.#options.onError?.(error);
        return;
      }
      const task = this.#serve(connection).finally(() => this.#tasks.delete(task));
      this.#tasks.add(task);
    }
  }

  async #serve(connection: Deno.Conn<Deno.NetAddr>): Promise<void> {
    const { maxPduLength = defaultMaxPduLength, trace, onError } = this.#options;
    if ("setNoDelay" in connection) (connection as Deno.TcpConn).setNoDelay(true);
    const { hostname, port } = connection.remoteAddr;
    const link = new PeerLink(connection, {
      endpoint: { host: hostname, port },
      maxPduLength,
      trace,
    });
    this.#links.add(link);
    try {
      await this.#associate(link, maxPduLength);
    } catch (error) {
      if (!(error instanceof AssociationAbortedError)) onError?.(error);
      await link.abort(error);
    } finally {
      this.#links.delete(link);
    }
  }

  async #associate(link: PeerLink, maxPduLength: number): Promise<void> {
    const { aeTitle, contexts = defaultContexts, find } = this.#options;
    const frame = await link.receiveFrame();
    const request = await link.decode(frame);
    if (request.type !== "A-ASSOCIATE-RQ") return await link.refuse(frame);
    const verification = {
      abstractSyntax: SopClass.Verification,
      transferSyntaxes: littleEndian,
    };
    const answer = answerTo(request, {
      aeTitle,
      contexts: [verification, ...contexts],
      maxPduLength,
    });
    await link.write(encodePdu(answer));
    if (answer.type === "A-ASSOCIATE-RJ") {
      // The requestor closes; if it does not, the end of this function does.
      return await link.close(new AssociationAbortedError(ended));
    }
    link.state = "transfer";
    await new AcceptedAssociation(link, request, answer, find).serve();
  }
}

const ended = { source: "released", reason: 0, state: "release" } as const;

/** Responses are gathered up to this length before they are written. */
const writeLength = 1 << 18;

/** One association from its acceptance to its end. */
class AcceptedAssociation {
  readonly #link: PeerLink;
  readonly #request: AAssociateRq;
  readonly #maximumLength: number;
  readonly #contexts: ReadonlyMap<number, { abstractSyntax: string; transferSyntax: string }>;
  readonly #find: FindHandler;
  readonly #ending = new AbortController();
  #running: { messageId: number; cancel: AbortController } | undefined;
  /** Operations are served one behind the other. */
  #queue: Promise<void> = Promise.resolve();

  constructor(link: PeerLink, request: AAssociateRq, answer: AAssociateAc, find: FindHandler) {
    this.#link = link;
    this.#request = request;
    this.#maximumLength = request.userInformation.maximumLength ?? 0;
    this.#find = find;
    const transferSyntaxes = new Map(
      answer.presentationContexts.filter(({ result }) => result === 0)
        .map(({ id, transferSyntax }) => [id, transferSyntax]),
    );
    this.#contexts = new Map(
      request.presentationContexts.flatMap(({ id, abstractSyntax }) => {
        const transferSyntax = transferSyntaxes.get(id);
        return transferSyntax === undefined ? [] : [[id, { abstractSyntax, transferSyntax }]];
      }),
    );
  }

  async serve(): Promise<void> {
    try {
      for (;;) {
        const received = await this.#link.receive();
        if (Array.isArray(received)) {
          for (const message of received) this.#dispatch(message);
          continue;
        }
        const pdu = await this.#link.decode(received);
        if (pdu.type === "A-RELEASE-RQ") {
          await this.#stop();
          await this.#link.write(encodePdu({ type: "A-RELEASE-RP" }));
          return await this.#link.close(new AssociationAbortedError(ended));
        }
        if (pdu.type === "A-ABORT") {
          return await this.#link.close(
            new AssociationAbortedError({ ...pdu, state: this.#link.state }),
          );
        }
        await this.#link.refuse(received);
      }
    } finally {
      await this.#stop();
    }
  }

  async #stop(): Promise<void> {
    this.#ending.abort();
    this.#running?.cancel.abort();
    await this.#queue;
  }

  #dispatch(message: DimseMessage): void {
    const { command } = message;
    if (command.commandField === CommandField.CCancelRq) {
      if (command.messageIDBeingRespondedTo === this.#running?.messageId) {
        this.#running?.cancel.abort();
      }
      return;
    }
    this.#queue = this.#queue.then(() => this.#respond(message)).catch((error) =>
      this.#link.abort(error)
    );
  }

  async #respond(message: DimseMessage): Promise<void> {
    if (this.#ending.signal.aborted) return;
    const { command, presentationContextId } = message;
    if (command.commandField === CommandField.CFindRq) {
      return await this.#respondToFind(message);
    }
    const status = command.commandField === CommandField.CEchoRq ? 0x0000 : 0x0211;
    const responses = new Responses(this.#link, presentationContextId, this.#maximumLength);
    await responses.add(responseTo(command, status, noDataSet), undefined);
    await responses.flush();
  }

  async #respondToFind(message: DimseMessage): Promise<void> {
    const { command, presentationContextId: id, dataSet } = message;
    const responses = new Responses(this.#link, id, this.#maximumLength);
    const cancel = new AbortController();
    this.#running = { messageId: command.messageID ?? 0, cancel };
    let status = 0x0000;
    let errorComment: string | undefined;
    try {
      const context = this.#contexts.get(id);
      if (context === undefined || dataSet === undefined) throw new FindFailure(0xA900);
      const pending = responseTo(command, 0xFF00, dataSetFollows);
      const matches = this.#find({
        sopClassUid: context.abstractSyntax,
        identifier: dataSet,
        transferSyntaxUid: context.transferSyntax,
        calledAeTitle: this.#request.calledAeTitle,
        callingAeTitle: this.#request.callingAeTitle,
        signal: cancel.signal,
      });
      if (Symbol.iterator in matches) {
        for (const match of matches) {
          const full = responses.add(pending, match);
          if (full !== undefined) await full;
          if (cancel.signal.aborted) break;
        }
      } else {
        for await (const match of matches) {
          await responses.add(pending, match);
          await responses.flush();
          if (cancel.signal.aborted) break;
        }
      }
      if (cancel.signal.aborted) status = 0xFE00;
    } catch (error) {
      if (!(error instanceof FindFailure)) throw error;
      status = error.status;
      errorComment = error.message === "" ? undefined : error.message;
    } finally {
      this.#running = undefined;
    }
    if (this.#ending.signal.aborted) return;
    await responses.add(responseTo(command, status, noDataSet, errorComment), undefined);
    await responses.flush();
  }
}

function responseTo(
  request: CommandSet,
  status: number,
  commandDataSetType: number,
  errorComment?: string,
): Uint8Array {
  return encodeCommandSet({
    ...(request.affectedSOPClassUID && { affectedSOPClassUID: request.affectedSOPClassUID }),
    commandField: request.commandField | 0x8000,
    messageIDBeingRespondedTo: request.messageID ?? 0,
    commandDataSetType,
    status,
    ...(errorComment !== undefined && { errorComment }),
  });
}

/** Responses on their way out, many in one write. */
class Responses {
  readonly #link: PeerLink;
  readonly #contextId: number;
  readonly #maximumLength: number;
  #buffer = new Uint8Array(0);
  #length = 0;

  constructor(link: PeerLink, contextId: number, maximumLength: number) {
    this.#link = link;
    this.#contextId = contextId;
    this.#maximumLength = maximumLength;
  }

  /** Adds a response; the promise, if there is one, must be awaited before the next. */
  add(commandSet: Uint8Array, dataSet: Uint8Array | undefined): Promise<void> | undefined {
    const length = messageLength(commandSet, dataSet, this.#maximumLength);
    if (this.#length + length > this.#buffer.length) {
      const grown = new Uint8Array(
        Math.max(this.#length + length, Math.min(2 * this.#buffer.length, writeLength), 4096),
      );
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#length = writeMessage(
      this.#buffer,
      this.#length,
      this.#contextId,
      commandSet,
      dataSet,
      this.#maximumLength,
    );
    return this.#length >= writeLength ? this.flush() : undefined;
  }

  /** Writes what was added. */
  async flush(): Promise<void> {
    const length = this.#length;
    if (length === 0) return;
    this.#length = 0;
    await this.#link.write(this.#buffer.subarray(0, length));
  }
}
