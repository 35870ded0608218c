// Touches the world: reads whether stdout is a terminal, and NO_COLOR.
/**
 * The queries of one `find` over its association, from requests to printed results.
 *
 * @module
 */
import type { DataSet } from "../dicom/data_set.ts";
import { dataSetOf } from "../dicom/decode.ts";
import { DicomDecodeError } from "../dicom/errors.ts";
import { Outline } from "../dicom/outline.ts";
import { Tag } from "../dicom/tag.ts";
import type { Association } from "../network/association.ts";
import { AssociationAbortedError } from "../network/errors.ts";
import { describeStatus, formatStatus } from "../network/status.ts";
import { findBatches, type FindSummary } from "../query/find_batches.ts";
import type { ReceivedMatch } from "../query/match.ts";
import { asLevel, type ModelName, models } from "../query/model.ts";
import type { Peer } from "../query/peer.ts";
import { makeAssociation } from "./associating.ts";
import type { findSpec } from "./options/find_options.ts";
import type { MessageLevel, MessageLog } from "./message_log.ts";
import type { Values } from "./options/option_table.ts";
import { Progress } from "./results/progress.ts";
import { ResultStream } from "./results/result_stream.ts";
import { leafPaths } from "./results/result_cell.ts";
import { resultWriter } from "./results/result_formats.ts";
import type { Result, ResultWriter } from "./results/result_writer.ts";

/** A query with more attributes is shown by the most important ones. */
const mostColumns = 20;

/** Options that all queries share. */
export interface FindSessionOptions {
  readonly peer: Peer;
  readonly modelName: ModelName;
  readonly values: Values<typeof findSpec>;
  readonly log: MessageLog;
  /** Aborts the association. */
  readonly signal: AbortSignal;
}

/**
 * Asks and prints; counts over all queries.
 *
 * When it is disposed of, the association is released or aborted, and how each query ended is said: what closes
 * the output comes before.
 */
export class FindSession implements AsyncDisposable {
  readonly #options: FindSessionOptions;
  readonly #progress: Progress;
  readonly #endings: [level: MessageLevel, text: string][] = [];
  #association: Association | undefined;
  #writer: ResultWriter | undefined;
  #answered = 0;
  #count = 0;
  readonly #undecodable = new Set<number>();
  /** The number of responses with characters that cannot be decoded. */
  readonly #garbled = new Set<number>();
  /** The response whose values are being read. */
  #shown = 0;
  readonly #outline = new Outline();
  #incomplete = false;

  /** @param options The options that all queries share. */
  constructor(options: FindSessionOptions) {
    this.#options = options;
    this.#progress = new Progress(options.log.says("notice"));
  }

  /** 0 where everything was answered, understood and printed. */
  get exitCode(): number {
    return this.#incomplete || this.#undecodable.size > 0 ? 1 : 0;
  }

  /**
   * Sends a query, and prints its matches as they come.
   *
   * All queries share an association, unless the peer ends it after each.
   *
   * @param query The identifier.
   */
  async ask(query: DataSet): Promise<void> {
    const before = this.#count;
    try {
      await this.#askOnce(query);
    } catch (error) {
      const isEndedBehindLast = error instanceof AssociationAbortedError && this.#answered > 0 &&
        this.#count === before && !this.#options.signal.aborted;
      if (!isEndedBehindLast) throw error;
      this.#options.log.say("info", "The peer ended the association after the last query");
      this.#association = undefined;
      await this.#askOnce(query);
    }
    this.#answered++;
  }

  async #askOnce(query: DataSet): Promise<void> {
    const { modelName, peer, values } = this.#options;
    const association = this.#association ??= await this.#associate();
    this.#writer ??= await this.#openWriter(query);
    await this.#sayRequest(query);
    const before = this.#count;
    await using batches = findBatches({ association, peer }, {
      model: modelName,
      identifier: query,
    }, {
      cancelAfter: values.cancel,
      isTransient: true,
      onWarning: ({ kind }) => {
        if (kind === "character") this.#garbled.add(this.#shown);
      },
    });
    try {
      for (;;) {
        const { done, value } = await batches.next();
        if (done) return this.#noteEnd(value, this.#count - before);
        await this.#take(value);
        if (!association.hasReceived) await this.#writer?.flush();
        this.#progress.show(this.#count);
      }
    } finally {
      this.#progress.clear();
    }
  }

  /** Closes the output after a failure, so that results before it can be read, as JSON too. */
  async fail(): Promise<void> {
    if (this.#count === 0) return;
    await this.#writer?.end();
    this.#endings.push(["notice", `${matchCount(this.#count)} came before the failure`]);
    this.#noteFaults();
  }

  /** Prints what closes the output. */
  async end(): Promise<void> {
    await this.#writer?.end();
    this.#noteFaults();
  }

  #noteFaults(): void {
    const garbled = this.#garbled.size;
    const undecodable = this.#undecodable.size;
    if (garbled > 0) {
      this.#endings.push([
        "warn",
        `${
          responseCount(garbled)
        } with characters that are not of the character set named: they are ` +
        "shown as \uFFFD (a peer in --config may have a character_set)",
      ]);
    }
    if (undecodable > 0) {
      this.#endings.push(["error", `${responseCount(undecodable)} could not be decoded`]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { log, values } = this.#options;
    if (this.#association !== undefined) {
      log.say("info", `${values.abort ? "Aborting" : "Releasing"} association`);
      await (values.abort ? this.#association.abort() : this.#association.release());
    }
    for (const [level, text] of this.#endings.splice(0)) log.say(level, text);
  }

  async #associate(): Promise<Association> {
    const { log, modelName, peer, signal } = this.#options;
    const { sopClassUid } = models[modelName];
    const association = await makeAssociation({ peer, sopClassUid, log, signal });
    const [proposal] = peer.extendedNegotiation ?? [];
    if (proposal === undefined) return association;
    const { refusedOptions } = await import("./options/negotiation_arguments.ts");
    const refused = refusedOptions(proposal, association.acceptor.sopClassExtendedNegotiations);
    if (refused.length > 0) log.say("warn", `the peer did not agree to ${refused.join(", ")}`);
    return association;
  }

  async #openWriter(query: DataSet): Promise<ResultWriter | undefined> {
    const { log, values } = this.#options;
    const responses = values.responses ?? (values.extract ? "hidden" : "shown");
    if (responses === "hidden") return undefined;
    const isTerminal = Deno.stdout.isTerminal();
    const colour = values.color ?? "auto";
    return await resultWriter(values.format ?? "dump", {
      stream: new ResultStream(),
      query,
      columns: values.columns ?? await this.#columnsFor(query),
      isTerminal,
      width: isTerminal ? Deno.consoleSize().columns : Infinity,
      colour: colour === "always" ||
        colour === "auto" && isTerminal && !Deno.env.get("NO_COLOR"),
      note: (text) => log.say("warn", text),
    });
  }

  /** A query for all that the model returns has far too many attributes for a table. */
  async #columnsFor(query: DataSet): Promise<string | undefined> {
    const { modelName, values } = this.#options;
    if (values.format !== "table" || leafPaths(query).length <= mostColumns) return undefined;
    const { defaultColumns } = await import("./results/default_columns.ts");
    const level = query.string(Tag.QueryRetrieveLevel);
    return defaultColumns(modelName, level === undefined ? undefined : asLevel(level));
  }

  async #take(matches: readonly ReceivedMatch[]): Promise<void> {
    const first = this.#count + 1;
    this.#count += matches.length;
    await this.#sayResponses(matches, first);
    await this.#extract(matches, first);
    const results = this.#results(matches, first);
    if (this.#writer !== undefined) await this.#writer.write(results);
    // What is written to files must be whole for the query to have succeeded.
    else if (this.#options.values.extract) { for (const _ of results); }
    else this.#noteEmpty(matches, first);
  }

  /** Looks into one match after the other; nothing is kept of it once it is printed. */
  *#results(matches: readonly ReceivedMatch[], first: number): Generator<Result> {
    let number = first - 1;
    for (const match of matches) {
      this.#shown = ++number;
      try {
        match.outline(this.#outline);
        yield { number, outline: this.#outline };
      } catch (error) {
        if (!(error instanceof DicomDecodeError)) throw error;
        this.#noteUndecodable(number, error.message);
      }
    }
  }

  /** Counts responses without an Identifier when nobody looks into them. */
  #noteEmpty(matches: readonly ReceivedMatch[], first: number): void {
    for (const [index, match] of matches.entries()) {
      if (match.isEmpty) this.#noteUndecodable(first + index, "it has no Identifier");
    }
  }

  #noteUndecodable(number: number, words: string): void {
    if (this.#undecodable.has(number)) return;
    this.#undecodable.add(number);
    this.#options.log.say("warn", `response ${number}: ${words}`);
  }

  async #extract(matches: readonly ReceivedMatch[], first: number): Promise<void> {
    const { modelName, values } = this.#options;
    if (!values.extract) return;
    const { extractMatch } = await import("./results/extract.ts");
    const folder = values["output-directory"] ?? ".";
    const most = values["limit-output"] ?? Infinity;
    for (const [index, match] of matches.entries()) {
      const number = first + index;
      if (number <= most) await extractMatch(match, models[modelName].sopClassUid, folder, number);
    }
  }

  async #sayRequest(query: DataSet): Promise<void> {
    const { log } = this.#options;
    if (!log.says("info")) return;
    const { dumpDataSet } = await import("../dicom/dump/dump.ts");
    log.say("info", `Sending find request\n\n# Request Identifiers\n${dumpDataSet(query)}`);
  }

  async #sayResponses(matches: readonly ReceivedMatch[], first: number): Promise<void> {
    const { log } = this.#options;
    if (!log.says("debug")) return;
    const { dumpDataSet } = await import("../dicom/dump/dump.ts");
    for (const { number, outline } of this.#results(matches, first)) {
      log.say("debug", `# Response Identifiers ${number}\n${dumpDataSet(dataSetOf(outline))}`);
    }
  }

  #noteEnd(summary: FindSummary, count: number): void {
    const status = summary.ending === "limited" ? cancelled : summary.status;
    const { text } = describeStatus(status, "query-retrieve");
    const ending = `${matchCount(count)}, status ${formatStatus(status)}: ${text}`;
    if (summary.ignoredKeys) {
      this.#endings.push(["warn", "the peer ignored optional keys (status 0xFF01)"]);
    }
    const isComplete = summary.ending === "complete";
    if (!isComplete) this.#incomplete = true;
    this.#endings.push(isComplete ? ["notice", ending] : ["error", `cancelled after ${ending}`]);
  }
}

/** The status of a query that this side cancelled, as it does at a limit. */
const cancelled = 0xFE00;

function matchCount(count: number): string {
  return `${count} ${count === 1 ? "match" : "matches"}`;
}

function responseCount(count: number): string {
  return `${count} ${count === 1 ? "response" : "responses"}`;
}
