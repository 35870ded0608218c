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
import { AssociationAbortedError } from "../network/errors.ts";
import { defaultMaxPduLength, type ProposedContext } from "../network/negotiation.ts";
import { encodePdu } from "../network/pdu_encode.ts";
import { PeerLink } from "../network/peer_link.ts";
import type { Trace } from "../network/trace.ts";
import { AcceptedAssociation } from "./accepted_association.ts";
import { answerTo } from "./association_answer.ts";
import type { FindHandler } from "./find_handler.ts";

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
  #closing: Promise<void> | undefined;

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
      let connection: Deno.Conn<Deno.NetAddr>;
      try {
        connection = await this.#listener.accept();
      } catch (error) {
        if (this.#closing !== undefined || error instanceof Deno.errors.BadResource) return;
        this.#options.onError?.(error);
        continue;
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
    const ended = new AssociationAbortedError({ source: "local", reason: 0, state: "release" });
    try {
      await this.#associate(link, maxPduLength);
      await link.close(ended);
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
    if (answer.type === "A-ASSOCIATE-RJ") return;
    link.state = "transfer";
    await new AcceptedAssociation(link, request, answer, find).serve();
  }
}
