/**
 * A query polled for many times, as the daemon polls it, from a peer that plays a script: real sockets, a clock
 * that the test drives, and the events as they are committed.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { TransferSyntax } from "../../src/dicom/uid.ts";
import { compileMatcher } from "../../src/worklist/match/match.ts";
import type { AttributeChange } from "../../src/worklist/judge/diff.ts";
import { CaseStore } from "../../src/cases/case_store.ts";
import type { PollContext } from "../../src/daemon/context.ts";
import { LiveQuery } from "../../src/daemon/poll/live_query.ts";
import { PeerTurn } from "../../src/daemon/poll/peer_turn.ts";
import { polledQuery } from "../../src/daemon/poll/polled_query.ts";
import { eventLines, type PollReport } from "../../src/daemon/poll/poll_report.ts";
import { configIn } from "./daemon_config.ts";
import { FakeClock } from "./fake_clock.ts";
import { type Script, ScriptedAcceptor } from "./scripted_acceptor.ts";

/** A worklist step; what is left out is not sent. */
export interface Step {
  readonly id?: string;
  readonly study?: string;
  readonly patient?: string;
  readonly name?: string;
  readonly date?: string;
  readonly time?: string;
  readonly station?: string | readonly string[];
  readonly weight?: string;
}

/** What a query is configured with, besides peer and schedule. */
export interface BenchOptions {
  /** Lines of YAML of the query. */
  readonly query?: string;
  /** Lines of YAML of the peer. */
  readonly peer?: string;
  readonly start?: string;
  /** @default {"Europe/Berlin"} */
  readonly timeZone?: string;
}

/** One query and its peer. */
export class QuirkBench implements AsyncDisposable {
  readonly clock: FakeClock;
  /** How long the peer may take at each step. */
  patience = "10s";
  readonly store = new CaseStore();
  /** The data sets of the last poll's events, in DICOM JSON. */
  readonly dataSets = new Map<string, Readonly<Record<string, { Value?: unknown[] }>>>();
  readonly #acceptor: ScriptedAcceptor;
  readonly #options: BenchOptions;
  #scripts: Script[] = [];
  #polls = 0;

  constructor(options: BenchOptions = {}) {
    this.#options = options;
    this.clock = new FakeClock(options.start ?? "2026-11-21T07:00:00Z");
    this.#acceptor = new ScriptedAcceptor(async (peer) => {
      const script = this.#scripts.length > 1 ? this.#scripts.shift() : this.#scripts[0];
      // Where the other side ends otherwise than the script has it, the events tell.
      await script?.(peer).catch(() => {});
    });
  }

  /** Polls once. Several scripts are played one to each association, the last one to all that follow. */
  async report(...scripts: Script[]): Promise<PollReport> {
    this.#scripts = scripts;
    const { peer: peerLines = "", query: queryLines = "" } = this.#options;
    const config = await configIn(
      "/nowhere",
      `peers:
  ris:
    host: 127.0.0.1
    port: ${this.#acceptor.port}
    ae_title: RIS
    timeouts: { associate: ${this.patience}, response: ${this.patience}, release: ${this.patience} }
    ${peerLines}
queries:
  ct:
    peer: ris
    schedule: every 30s
    timezone: ${this.#options.timeZone ?? "Europe/Berlin"}
    ${queryLines}
`,
    );
    const query = config.queries.get("ct");
    const peer = config.peers.get("ris");
    if (query === undefined || peer === undefined) throw new Error("no such query");
    const errors: unknown[] = [];
    const context: PollContext = {
      clock: this.clock,
      random: () => 0,
      newId: () => `p${++this.#polls}`,
      log: (event) => {
        if (event.kind === "poll-failed") errors.push(event.error);
      },
      stop: new AbortController().signal,
    };
    const live = new LiveQuery<CaseStore>("ct", context);
    live.opened = polledQuery(query, peer, this.store);
    const report = await this.#pollOnce(live, new PeerTurn(peer, [query.model], context));
    if (report === undefined) throw errors[0];
    await this.clock.advance(30_000);
    return report;
  }

  async #pollOnce(
    query: LiveQuery<CaseStore>,
    peerTurn: PeerTurn,
  ): Promise<PollReport | undefined> {
    await using turn = peerTurn;
    return await query.poll(turn, { isCommanded: false });
  }

  /** Polls once, and returns the events in a few words: `added S1`, `changed S1 PatientName`, `failed refused`. */
  async poll(...scripts: Script[]): Promise<string[]> {
    const report = await this.report(...scripts);
    return eventLines(report.changes).map((line) => {
      const { type, data } = JSON.parse(line);
      const kind = type.slice(type.lastIndexOf(".") + 1);
      if (data.reason !== undefined) return `${kind} ${data.reason}`;
      const { ScheduledProcedureStepID: id, ordinal } = data.key;
      const name = id + (ordinal === undefined ? "" : `#${ordinal}`);
      this.dataSets.set(name, data.after ?? data.before);
      const changes: AttributeChange[] = data.changes ?? [];
      return [kind, name, ...changes.map(({ path }) => path.split(".").at(-1))].join(" ");
    });
  }

  /** Polls several times; each time nothing must happen. */
  async quiet(times: number, ...scripts: Script[]): Promise<void> {
    for (let count = 0; count < times; count++) assertEquals(await this.poll(...scripts), []);
  }

  /** The name of the patient of a step, as its last event told it. */
  nameOf(step: string): unknown {
    return this.dataSets.get(step)?.["00100010"]?.Value?.[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#acceptor[Symbol.asyncDispose]();
  }
}

/** The data set of a step. */
export function stepDataSet(step: Step): DataSet {
  const text = (tag: number, value: string | undefined): ReturnType<typeof element>[] =>
    value === undefined ? [] : [element(tag, value === "" ? [] : [value])];
  const { station = "CT1", date = "20261121", time = "0800" } = step;
  return new DataSet([
    ...text(Tag.PatientName, step.name ?? "DOE^JANE"),
    ...text(Tag.PatientID, step.patient ?? `P${step.id}`),
    ...text(0x00101030, step.weight),
    ...text(Tag.StudyInstanceUID, step.study ?? `1.2.${step.id?.slice(1)}`),
    element(Tag.ScheduledProcedureStepSequence, [
      new DataSet([
        element(Tag.ScheduledStationAETitle, typeof station === "string" ? [station] : station),
        ...text(Tag.ScheduledProcedureStepStartDate, date),
        ...text(Tag.ScheduledProcedureStepStartTime, time),
        ...text(Tag.ScheduledProcedureStepID, step.id),
      ]),
    ]),
  ]);
}

/** The same as it is sent: in Explicit VR Little Endian, which the acceptor chooses. */
export function stepBytes(step: Step): Uint8Array {
  return encodeDataSet(stepDataSet(step), TransferSyntax.ExplicitVrLittleEndian);
}

/** Accepts, answers one C-FIND with these matches whatever was asked, and lets itself be released. */
export function answering(
  matches: readonly Uint8Array[],
  { status = 0x0000, pending = 0xFF00 }: { status?: number; pending?: number } = {},
): Script {
  return async (peer) => {
    await peer.accept();
    const request = await peer.recvMessage();
    for (const match of matches) await peer.respond(request, pending, match);
    await peer.respond(request, status);
    await peer.acceptRelease();
  };
}

/** The same with steps. */
export function having(...steps: Step[]): Script {
  return answering(steps.map(stepBytes));
}

/** Accepts and answers one C-FIND as it is asked, with no more than so many matches. */
export function serving(steps: readonly Step[], cap = Infinity): Script {
  const all = steps.map(stepDataSet);
  return async (peer) => {
    await peer.accept();
    const request = await peer.recvMessage();
    const identifier = decodeDataSet(
      request.dataSet ?? new Uint8Array(),
      TransferSyntax.ExplicitVrLittleEndian,
    );
    const unmatched = compileMatcher(identifier, { combineDateAndTime: true });
    const found = all.filter((one) => unmatched(one) === undefined).slice(0, cap);
    for (const match of found) {
      const bytes = encodeDataSet(match, TransferSyntax.ExplicitVrLittleEndian);
      await peer.respond(request, 0xFF00, bytes);
    }
    await peer.respond(request, 0x0000);
    await peer.acceptRelease();
  };
}

/** An element in Explicit VR Little Endian with a value of any bytes, of a VR with a length of 16 bits. */
export function rawElement(tag: number, vr: string, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === "string" ? latin1(value) : value;
  const padded = bytes.length % 2 === 0 ? bytes : Uint8Array.of(...bytes, 0x20);
  const head = new DataView(new ArrayBuffer(8));
  head.setUint16(0, tag >>> 16, true);
  head.setUint16(2, tag & 0xFFFF, true);
  head.setUint8(4, vr.charCodeAt(0));
  head.setUint8(5, vr.charCodeAt(1));
  head.setUint16(6, padded.length, true);
  return Uint8Array.of(...new Uint8Array(head.buffer), ...padded);
}

/** A sequence of items in Explicit VR Little Endian, of defined lengths. */
export function rawSequence(tag: number, ...items: Uint8Array[][]): Uint8Array {
  const content = items.flatMap((elements) => {
    const bytes = elements.flatMap((one) => [...one]);
    return [0xFE, 0xFF, 0x00, 0xE0, ...length32(bytes.length), ...bytes];
  });
  const head = rawElement(tag, "SQ", "").slice(0, 6);
  return Uint8Array.of(...head, 0, 0, ...length32(content.length), ...content);
}

/** A step whose patient's name and character set are any bytes. */
export function rawStep(
  id: string,
  { characterSet, name, more = [] }: {
    characterSet?: string;
    name: Uint8Array | string;
    more?: Uint8Array[];
  },
): Uint8Array {
  const elements = [
    ...(characterSet === undefined ? [] : [rawElement(0x00080005, "CS", characterSet)]),
    rawElement(0x00100010, "PN", name),
    rawElement(0x00100020, "LO", `P${id}`),
    rawElement(0x0020000D, "UI", `1.2.${id.slice(1)}`.padEnd(6, "\0")),
    rawSequence(0x00400100, [
      rawElement(0x00400001, "AE", "CT1"),
      rawElement(0x00400002, "DA", "20261121"),
      ...more,
      rawElement(0x00400009, "SH", id),
    ]),
  ];
  return Uint8Array.of(...elements.flatMap((one) => [...one]));
}

/** Bytes of a text in which each character stands for one byte. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function length32(length: number): number[] {
  return [...new Uint8Array(Uint32Array.of(length).buffer)];
}
