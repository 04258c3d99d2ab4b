import type { NamedText } from './named-statements.ts';
import { type PgClient, PgQuery, type PgResult, type PgWire, submit } from './pg.ts';

/** A statement that is sent with parameters. */
export interface SentText {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What travels together: BEGIN, the unit's own first statement, and what is to be known or written at the same time. */
export interface FirstTrip {
  readonly begin: NamedText;
  readonly statement: SentText;
  /** Comes last, so that `SET TRANSACTION`, and `LOCK TABLE` before the first snapshot, still work in front of it. */
  readonly tail: TripTail | undefined;
}

/** The last part of a first trip. */
export interface TripTail extends NamedText {
  readonly values: readonly unknown[];
}

const NO_VALUES: readonly unknown[] = [];

/** How far the server has come: what it is working at, or has failed at. */
export type TripStage = 'begin' | 'statement' | 'tail' | 'done';

/** Parts whose bytes are kept: those of prepared statements, which differ by their name and values alone. */
const KEPT_PARTS = 64;
const parts = new Map<string, Buffer>();

/** The messages of a statement whose columns nobody describes: its fields come as text, in a fixed order. */
function write(wire: PgWire, { text, name, prepared }: NamedText, values: readonly unknown[]): void {
  if (!prepared) wire.parse(name === undefined ? { text } : { text, name });
  wire.bind(name === undefined ? { values } : { statement: name, values });
  wire.execute({});
}

/** What {@link write} writes, as bytes. */
function bytesOf(wire: PgWire, part: NamedText, values: readonly unknown[]): Buffer {
  const key = part.prepared ? `${part.name} ${values.join(' ')}` : undefined;
  const kept = key === undefined ? undefined : parts.get(key);
  if (kept) return kept;
  const bytes = piecesOf(wire, () => write(wire, part, values));
  if (key === undefined) return bytes;
  if (parts.size >= KEPT_PARTS) parts.clear();
  parts.set(key, bytes);
  return bytes;
}

/** What is written to a wire meanwhile, as one piece: ten of them in one call of the system cost twice as much. */
function piecesOf(wire: PgWire, act: () => void): Buffer {
  const { stream } = wire;
  const pieces: Buffer[] = [];
  wire.stream = { writable: true, write: (bytes) => pieces.push(bytes) };
  try {
    act();
  } finally {
    wire.stream = stream;
  }
  return Buffer.concat(pieces);
}

/**
 * BEGIN, a statement and a tail as messages of the extended protocol behind **one** Sync: an error in BEGIN skips the
 * rest. With a Sync for each, as pg's `pipeline: true` has, the statement would then run in autocommit.
 *
 * @see https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export class LeadingQuery extends PgQuery {
  readonly #trip: FirstTrip;
  #stage: TripStage = 'begin';
  #fields: readonly (string | null)[] = [];
  #unsendable = false;

  constructor(trip: FirstTrip, callback: (error: Error | null, result: PgResult) => void) {
    super(trip.statement.text, trip.statement.values, callback);
    this.queryMode = 'extended';
    this.#trip = trip;
  }

  /** What the server was working at when it failed; `done` if it did not. */
  get stage(): TripStage {
    return this.#stage;
  }

  /** The fields of the tail's row. */
  get fields(): readonly (string | null)[] {
    return this.#fields;
  }

  /** `true` if a parameter could not be written, so that the statement was not sent. */
  get unsendable(): boolean {
    return this.#unsendable;
  }

  override prepare(wire: PgWire): void {
    const { stream } = wire;
    const { begin, tail } = this.#trip;
    const bytes = [bytesOf(wire, begin, NO_VALUES), piecesOf(wire, () => this.#writeStatement(wire))];
    if (tail && !this.#unsendable) bytes.push(bytesOf(wire, tail, tail.values));
    bytes.push(piecesOf(wire, () => wire.sync()));
    if (stream.writable) stream.write(Buffer.concat(bytes));
  }

  #writeStatement(wire: PgWire): void {
    super.prepare({
      parse: (message) => wire.parse(message),
      bind: (message) => wire.bind(message),
      describe: (message) => wire.describe(message),
      execute: (message) => wire.execute(message),
      close: () => {
        this.#unsendable = true; // what pg does when a parameter has no text
      },
      sync: () => {},
      stream: wire.stream,
    });
  }

  override handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    if (this.#stage === 'tail') this.#fields = message.fields;
    else super.handleDataRow(message);
  }

  override handleCommandComplete(message: { readonly text: string }, wire: PgWire): void {
    if (this.#stage === 'statement') super.handleCommandComplete(message, wire);
    this.#next();
  }

  override handleEmptyQuery(wire: PgWire): void {
    super.handleEmptyQuery(wire);
    this.#next();
  }

  #next(): void {
    if (this.#stage === 'begin') this.#stage = 'statement';
    else if (this.#stage === 'statement' && this.#trip.tail) this.#stage = 'tail';
    else this.#stage = 'done';
  }
}

/** A trip under way, and what became of its statement. */
export interface TripUnderWay {
  readonly query: LeadingQuery;
  readonly result: Promise<PgResult>;
}

/** Sends a first trip. */
export function sendFirstTrip(client: PgClient, trip: FirstTrip): TripUnderWay {
  const { promise, resolve, reject } = Promise.withResolvers<PgResult>();
  const query = new LeadingQuery(trip, (error, result) => (error ? reject(error) : resolve(result)));
  submit(client, query);
  return { query, result: promise };
}
