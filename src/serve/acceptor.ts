// Touches the world: listens for connections.
/**
 * Listens for associations: C-ECHO, and C-FIND served by a function that yields encoded identifiers.
 *
 * PS3.8 section 7 and PS3.7 section 9.1: what stations ask, and the peer of `demo`, tests and benches. Many associations
 * at once, one operation at a time on each, C-CANCEL honoured. Responses leave in large writes. The next match is made
 * when the last batch is taken, so that a slow reader holds one batch.
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

/** How long an acceptor waits, in milliseconds. */
export interface AcceptorTimeouts {
  /** From the connection to the association request. */
  readonly associateMs: number;
  /** Between two requests of one association. */
  readonly idleMs: number;
  /** Until the requestor has taken what was written. */
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
  /** Where connections come from, if it is open already: in the place of `host`, `port` and `tls`. */
  readonly listener?: StationListener | undefined;
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
  /** The longest command set or data set that is taken, in bytes. */
  readonly maxMessageLength?: number | undefined;
  /**
   * How many associations may be open at once.
   *
   * @default {Infinity}
   */
  readonly maxAssociations?: number | undefined;
  /**
   * How long requestors may take.
   *
   * @default no limit
   */
  readonly timeouts?: AcceptorTimeouts | undefined;
  /**
   * Rejects an association that is sound and calls a title that is known.
   *
   * @param request What is proposed.
   * @param address Where it comes from.
   * @returns The rejection; `undefined` to accept.
   */
  readonly admit?:
    | ((request: AAssociateRq, address: string) => AAssociateRj | undefined)
    | undefined;
  /** Speak TLS with this certificate and key, in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Called for every PDU, of all associations. */
  readonly trace?: Trace | undefined;
  /** Called with the reason why an association ended that was neither released nor aborted. */
  readonly onError?: ((error: unknown, address?: string) => void) | undefined;
}

const littleEndian = [
  TransferSyntax.ExplicitVrLittleEndian,
  TransferSyntax.ImplicitVrLittleEndian,
];

/** C-FIND of every model that we know, C-ECHO is added to any list. */
const defaultContexts: readonly ProposedContext[] = Object.values(SopClass)
  .filter((uid) => uid !== SopClass.Verification)
  .map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: littleEndian }));

const noTimeouts: AcceptorTimeouts = { associateMs: Infinity, idleMs: Infinity, writeMs: Infinity };

/** A station asks little: it needs small buffers, and a thousand of them fit. */
const bufferLengths = { first: 4096, later: 65_536 };

/** So many connections may wait for their association request, besides the associations. */
const mostUnassociated = 128;

/** An association that has asked nothing for so long makes room where there is none, in milliseconds. */
const idleEnoughMs = 1000;

/** rejected transiently, by the service-provider (presentation), local limit exceeded (PS3.8 Table 9-21) */
const limitExceeded: AAssociateRj = { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 };

/** Listens, and serves each association that comes. */
export class Acceptor {
  /** The address that is listened on. */
  readonly host: string;
  /** The port that is listened on. */
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

  /** Starts to listen; connections are taken from the moment that it returns. */
  static listen(options: AcceptorOptions): Acceptor {
    return new Acceptor(options);
  }

  /** How many associations are open. */
  get associations(): number {
    return this.#associations.size;
  }

  /** Stops listening, aborts the associations that are left, waits until all is gone. */
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
        // Out of file descriptors, as a rule: some are free again in a moment.
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

  /** A connection that sends no request for longest gives way. */
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

  /** A rejection, where there is no room and no association that has long been idle. */
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
