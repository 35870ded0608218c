// Touches the world: reads whether stdout is a terminal, and NO_COLOR.
/**
 * The queries of one `find` over its association, from requests to printed results.
 *
 * @module
 */
import type { DataSet } from "../dicom/data_set.ts";
import { DicomDecodeError } from "../dicom/errors.ts";
import { Tag } from "../dicom/tag.ts";
import type { Association } from "../network/association.ts";
import { describeStatus, formatStatus } from "../network/status.ts";
import { findBatches, type FindSummary, type Match } from "../query/find.ts";
import { asLevel, type ModelName, models } from "../query/model.ts";
import type { Peer } from "../query/peer.ts";
import type { findSpec } from "./find_options.ts";
import type { MessageLog } from "./message_log.ts";
import type { Values } from "./option_table.ts";
import { Progress } from "./progress.ts";
import { ResultStream } from "./result_stream.ts";
import { leafPaths } from "./result_cell.ts";
import { type Result, type ResultWriter, resultWriter } from "./result_writer.ts";

/** A query with more attributes is shown by the most important ones. */
const mostColumns = 20;

/** What the queries have in common. */
export interface FindSessionOptions {
  readonly association: Association;
  readonly peer: Peer;
  readonly modelName: ModelName;
  readonly values: Values<typeof findSpec>;
  readonly log: MessageLog;
}

/** Asks and prints; counts over all queries. */
export class FindSession {
  readonly #options: FindSessionOptions;
  readonly #progress: Progress;
  #writer: ResultWriter | undefined;
  #count = 0;
  #undecodable = 0;
  #incomplete = false;

  /** @param options What the queries have in common. */
  constructor(options: FindSessionOptions) {
    this.#options = options;
    this.#progress = new Progress(options.log.says("notice"));
  }

  /** 0 where everything was answered, understood and printed. */
  get exitCode(): number {
    return this.#incomplete || this.#undecodable > 0 ? 1 : 0;
  }

  /**
   * Sends a query, and prints its matches as they come.
   *
   * @param query The identifier.
   */
  async ask(query: DataSet): Promise<void> {
    const { association, log, modelName, peer, values } = this.#options;
    this.#writer ??= await this.#openWriter(query);
    await this.#sayRequest(query);
    const before = this.#count;
    await using batches = findBatches({ association, peer }, {
      model: modelName,
      identifier: query,
    }, { cancelAfter: values.cancel });
    try {
      for (;;) {
        const { done, value } = await batches.next();
        if (done) return this.#sayEnd(value, this.#count - before);
        await this.#take(value);
        this.#progress.show(this.#count);
      }
    } finally {
      this.#progress.clear();
      log.say("debug", `${this.#count - before} matches`);
    }
  }

  /** Prints what closes the output. */
  async end(): Promise<void> {
    await this.#writer?.end();
    if (this.#undecodable === 0) return;
    const responses = this.#undecodable === 1 ? "1 response" : `${this.#undecodable} responses`;
    this.#options.log.say("error", `${responses} could not be decoded`);
  }

  async #openWriter(query: DataSet): Promise<ResultWriter | undefined> {
    const { log, values } = this.#options;
    const show = values["show-responses"] ?? (values.extract ? "no" : "yes");
    if (show === "no") return undefined;
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
    const { defaultColumns } = await import("./default_columns.ts");
    const level = query.string(Tag.QueryRetrieveLevel);
    return defaultColumns(modelName, level === undefined ? undefined : asLevel(level));
  }

  async #take(matches: readonly Match[]): Promise<void> {
    const first = this.#count + 1;
    this.#count += matches.length;
    await this.#extract(matches, first);
    await this.#writer?.write(this.#results(matches, first));
  }

  /** Decodes one match after the other, so that none is kept once it is printed. */
  *#results(matches: readonly Match[], first: number): Generator<Result> {
    for (const [index, match] of matches.entries()) {
      const number = first + index;
      try {
        yield { number, dataSet: match.decode() };
      } catch (error) {
        if (!(error instanceof DicomDecodeError)) throw error;
        this.#undecodable++;
        this.#options.log.say("warn", `response ${number}: ${error.message}`);
      }
    }
  }

  async #extract(matches: readonly Match[], first: number): Promise<void> {
    const { modelName, values } = this.#options;
    if (!values.extract) return;
    const { extractMatch } = await import("./extract.ts");
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
    const { dumpDataSet } = await import("../dicom/dump.ts");
    log.say("info", `Sending find request\n\n# Request Identifiers\n${dumpDataSet(query)}`);
  }

  #sayEnd(summary: FindSummary, matches: number): void {
    const { log } = this.#options;
    const { text } = describeStatus(summary.status, "query-retrieve");
    const count = `${matches} ${matches === 1 ? "match" : "matches"}`;
    if (summary.ignoredKeys) log.say("warn", "the peer ignored optional keys (status 0xFF01)");
    if (summary.complete) {
      log.say("notice", `${count}, status ${formatStatus(summary.status)}: ${text}`);
    } else {
      this.#incomplete = true;
      log.say("error", `cancelled after ${count}, status ${formatStatus(summary.status)}: ${text}`);
    }
  }
}
