// Touches the world: listens for connections.
/**
 * Listens for associations: C-ECHO, and C-FIND served by a function that yields encoded identifiers.
 *
 * PS3.8 section 7 and PS3.7 section 9.1. It serves stations, and is the peer of `demo`, tests and benches.
 * Many associations are open at once, with one operation at a time on each; C-CANCEL is obeyed. Responses
 * leave in large writes. The next match is made after the last batch is taken, so that a slow reader holds
 * one batch.
 *
 * @module
 */
import { SopClass, TransferSyntax } from "../dicom/uid.ts";
import { AssociationAbortedError } from "../network/errors.ts";
import { defaultMaxPduLength, type ProposedContext } from "../network/negotiation.ts";
import type { AAssociateRj, AAssociateRq } from "../network/pdu.ts";
import { encodePdu } from "../network/pdu_encode.ts";
import { PeerLink } from "../network/peer_link.ts";
import type { Trace } from "../network/trace.ts";
import { AcceptedAssociation } from "./accepted_association.ts";
import { answerTo } from "./association_answer.ts";
import type { FindHandler } from "./find_handler.ts";
import { type IncomingConnection, listenPlain, type StationListener } from "./listener.ts";
import { Turns } from "./turns.ts";

/** The time limits of an acceptor, in milliseconds. */
export interface AcceptorTimeouts {
  /** From the connection to the association request. */
  readonly associateMs: number;
  /** Between two requests of one association. */
  readonly idleMs: number;
  /** Until the requestor has read the written bytes. */
  readonly writeMs: number;
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
  /** A listener that is open already. It replaces `host`, `port` and `tls`. */
  readonly listener?: StationListener | undefined;
  /** The called AE title that is accepted; leave out to accept any. */
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
  /** The longest command set or data set that is taken, in bytes. */
  readonly maxMessageLength?: number | undefined;
  /**
   * The most associations that may be open at once.
   *
   * @default {Infinity}
   */
  readonly maxAssociations?: number | undefined;
  /**
   * The time limits of requestors.
   *
   * @default no limit
   */
  readonly timeouts?: AcceptorTimeouts | undefined;
  /**
   * Rejects an association that is sound and calls a known title.
   *
   * @param request The request.
   * @param address The address of the station.
   * @returns The rejection; `undefined` to accept.
   */
  readonly admit?:
    | ((request: AAssociateRq, address: string) => AAssociateRj | undefined)
    | undefined;
  /** Speak TLS with this certificate and key, in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Called for every PDU, of all associations. */
  readonly trace?: Trace | undefined;
  /** Called with the error of an association that was neither released nor aborted. */
  readonly onError?: ((error: unknown, address?: string) => void) | undefined;
}

const littleEndian = [
  TransferSyntax.ExplicitVrLittleEndian,
  TransferSyntax.ImplicitVrLittleEndian,
];

/** Contexts for C-FIND of every known model. C-ECHO is added to any list. */
const defaultContexts: readonly ProposedContext[] = Object.values(SopClass)
  .filter((uid) => uid !== SopClass.Verification)
  .map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: littleEndian }));

const noTimeouts: AcceptorTimeouts = { associateMs: Infinity, idleMs: Infinity, writeMs: Infinity };

/** The buffer lengths. Stations send little, so small buffers suffice, and a thousand of them fit. */
const bufferLengths = { first: 4096, later: 65_536 };

/** The most connections that may wait for their association request, besides the associations. */
const mostUnassociated = 128;

/**
 * The time without a request after which an association is ended if there is no room for another, in
 * milliseconds.
 */
const idleEnoughMs = 1000;

/** rejected transiently, by the service-provider (presentation), local limit exceeded (PS3.8 Table 9-21) */
const limitExceeded: AAssociateRj = { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 };

/** Listens, and serves each association that comes. */
export class Acceptor {
  /** The address of the listener. */
  readonly host: string;
  /** The port of the listener. */
  readonly port: number;
  readonly #listener: StationListener;
  readonly #options: AcceptorOptions;
  readonly #links = new Set<PeerLink>();
  /** Links without an association, the oldest first. */
  readonly #unassociated = new Set<PeerLink>();
  readonly #associations = new Set<AcceptedAssociation>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #turns = new Turns();
  readonly #accepting: Promise<void>;
  #closing: Promise<void> | undefined;

  private constructor(options: AcceptorOptions) {
    const { host = "127.0.0.1", port = 0, tls } = options;
    this.#options = options;
    this.#listener = options.listener ?? listenPlain(host, port, tls);
    this.host = this.#listener.host;
    this.port = this.#listener.port;
    this.#accepting = this.#accept();
  }

  /** Starts to listen. Connections are accepted when it returns. */
  static listen(options: AcceptorOptions): Acceptor {
    return new Acceptor(options);
  }

  /** The number of open associations. */
  get associations(): number {
    return this.#associations.size;
  }

  /** Stops listening, aborts the remaining associations, and waits for their end. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
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
      let connection: IncomingConnection | undefined;
      try {
        connection = await this.#listener.accept();
      } catch (error) {
        if (this.#closing !== undefined) return;
        this.#options.onError?.(error);
        // The process usually has no free file descriptor. Some are free again soon.
        await new Promise((resolve) => setTimeout(resolve, retryAcceptMs));
        continue;
      }
      if (connection === undefined) return;
      const task = this.#serve(connection).finally(() => this.#tasks.delete(task));
      this.#tasks.add(task);
    }
  }

  async #serve(connection: IncomingConnection): Promise<void> {
    const { maxPduLength = defaultMaxPduLength, maxMessageLength, trace, onError } = this.#options;
    const { timeouts = noTimeouts } = this.#options;
    const { host } = connection.remote;
    const link = new PeerLink(connection, {
      endpoint: connection.remote,
      maxPduLength,
      maxMessageLength,
      trace,
      bufferLengths,
    });
    this.#links.add(link);
    this.#unassociated.add(link);
    const ended = new AssociationAbortedError({ source: "local", reason: 0, state: "release" });
    try {
      link.setDeadline("associate", timeouts.associateMs);
      this.#makeRoomForConnections();
      await this.#associate(link, connection, maxPduLength);
      await link.close(ended);
    } catch (error) {
      if (!(error instanceof AssociationAbortedError)) onError?.(error, host);
      await link.abort(error);
    } finally {
      this.#links.delete(link);
      this.#unassociated.delete(link);
    }
  }

  /** Ends the connection that has sent no request for the longest time, if there are too many. */
  #makeRoomForConnections(): void {
    const { maxAssociations = Infinity } = this.#options;
    if (this.#unassociated.size <= maxAssociations + mostUnassociated) return;
    const [oldest] = this.#unassociated;
    if (oldest === undefined) return;
    this.#unassociated.delete(oldest);
    void oldest.close(
      new AssociationAbortedError({ source: "local", reason: 0, state: "associate" }),
    );
  }

  async #associate(
    link: PeerLink,
    { remote }: IncomingConnection,
    maxPduLength: number,
  ): Promise<void> {
    const { aeTitle, contexts = defaultContexts, find, timeouts = noTimeouts } = this.#options;
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
      admit: (sound) => this.#options.admit?.(sound, remote.host) ?? this.#limit(),
    });
    if (answer.type === "A-ASSOCIATE-RJ") {
      await link.write(encodePdu(answer));
      return;
    }
    const { idleMs, writeMs } = timeouts;
    const association = new AcceptedAssociation(link, request, answer, {
      find,
      endpoint: remote,
      turns: this.#turns,
      idleMs,
      writeMs,
    });
    this.#associations.add(association);
    this.#unassociated.delete(link);
    try {
      await link.write(encodePdu(answer));
      link.liftDeadline();
      link.state = "transfer";
      await association.serve();
    } finally {
      this.#associations.delete(association);
    }
  }

  /** Rejects an association if there is no room and no association has long been idle. */
  #limit(): AAssociateRj | undefined {
    const { maxAssociations = Infinity } = this.#options;
    if (this.#associations.size < maxAssociations) return undefined;
    let longest: AcceptedAssociation | undefined;
    for (const each of this.#associations) {
      if (each.idleMs > (longest?.idleMs ?? idleEnoughMs)) longest = each;
    }
    if (longest === undefined) return limitExceeded;
    this.#associations.delete(longest);
    void longest.abort(
      new AssociationAbortedError({ source: "local", reason: 0, state: "transfer" }),
    );
    return undefined;
  }
}

const retryAcceptMs = 100;
