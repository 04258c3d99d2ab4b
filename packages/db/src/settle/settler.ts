import type { Clock } from '@resilient/core';
import { LATE, within } from '../time/within.ts';
import type { Ask } from './ask.ts';
import { conclude } from './conclude.ts';
import { look, terminate } from './look.ts';
import type { Question, Settled } from './question.ts';
import type { ServerAbilities } from './server.ts';
import { askWitness, lookForWitness, WITNESS_HOURS } from './witness.ts';

/** A connection of the settler's own: the pool may be full, of those who wait for the same row. */
export interface Session {
  readonly ask: Ask;
  end(): void;
}

/** What a {@link Settler} needs. */
export interface SettlerOptions {
  readonly clock: Clock;
  readonly open: () => Promise<Session>;
  readonly abilities: () => ServerAbilities;
  /** Asks a witness of the unit's own cluster. @defaultValue {@link askWitness} */
  readonly askWitness?: typeof askWitness;
}

/** So many connections at a time: a restart leaves every unit at COMMIT without an answer. */
const SESSIONS = 8;
/** Waits between looks, in milliseconds: at a unit that was ended, at one that runs, for a server. */
const ENDED_MS = 5;
const RUNNING_MS = 25;
const SERVER_MS = 100;
/** One question to a server that has fallen silent takes no longer. */
const ANSWER_MS = 3_000;

const HOUR_MS = 3_600_000;

class Silence extends Error {}

/** Finds out, over connections of its own, what became of units whose COMMIT got no answer. */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #waiting: (() => void)[] = [];
  readonly #idle: (() => void)[] = [];
  #open = 0;

  constructor(options: SettlerOptions) {
    this.#options = options;
  }

  /** Answers what happened, or `unknown` when that cannot be said until the deadline. Never rejects. */
  async settle(question: Question, deadline: number): Promise<Settled> {
    if (question.xid === undefined && question.witness === undefined) return 'unknown';
    await this.#enter();
    try {
      return await this.#settle(question, deadline);
    } finally {
      this.#open -= 1;
      this.#waiting.shift()?.();
      if (this.#open === 0) for (const tell of this.#idle.splice(0)) tell();
    }
  }

  /** Resolves when no question is open. */
  idle(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async #settle(question: Question, deadline: number): Promise<Settled> {
    const { clock } = this.#options;
    let session: Session | undefined;
    let terminated = false;
    let ms = 0;
    const bound = <T>(work: Promise<T>): Promise<T> => this.#inTime(work, deadline);
    try {
      for (;;) {
        try {
          session ??= await bound(this.#session());
          const { ask } = session;
          const seen = await bound(look(ask, question, this.#options.abilities()));
          const conclusion = conclude(question, { ...seen, terminated });
          if (conclusion === 'committed' || conclusion === 'rolled-back') return conclusion;
          if (conclusion === 'unknown' || conclusion === 'elsewhere') {
            const id = this.#witnessOf(question);
            if (conclusion === 'unknown' && id === undefined) return 'unknown';
            const settled = await bound(this.#witnessed(ask, id, conclusion === 'unknown'));
            if (settled) return settled;
          }
          if (conclusion === 'elsewhere') {
            session.end();
            session = undefined; // another server may answer next time
          }
          ms = conclusion === 'terminate' ? ENDED_MS : conclusion === 'elsewhere' ? SERVER_MS : RUNNING_MS;
          if (conclusion === 'terminate' && (await bound(terminate(ask, question)))) terminated = true;
          else if (conclusion === 'terminate' && !terminated) ms = RUNNING_MS;
        } catch {
          session?.end();
          session = undefined;
          ms = SERVER_MS;
        }
        if (clock.now() + ms >= deadline) return 'unknown';
        await clock.sleep(ms);
      }
    } finally {
      session?.end();
    }
  }

  /** A row that may have been pruned says nothing by its absence. */
  #witnessOf({ witness, begunAt }: Question): string | undefined {
    const hours = Math.abs(this.#options.clock.epochNow() - begunAt) / HOUR_MS;
    return hours < WITNESS_HOURS ? witness : undefined;
  }

  async #witnessed(ask: Ask, id: string | undefined, itsCluster: boolean): Promise<Settled | undefined> {
    if (id === undefined) return undefined;
    if (itsCluster) return (this.#options.askWitness ?? askWitness)(ask, id);
    const found = await lookForWitness(ask, id);
    return found === 'committed' ? found : undefined; // what another cluster does not have may be on the unit's own
  }

  async #session(): Promise<Session> {
    let late = false;
    const opening = this.#options.open();
    opening.then(
      (session) => late && session.end(),
      () => {},
    );
    try {
      return await this.#inTime(opening, Number.POSITIVE_INFINITY);
    } catch (error) {
      late = true;
      throw error;
    }
  }

  async #inTime<T>(work: Promise<T>, deadline: number): Promise<T> {
    const { clock } = this.#options;
    const answer = await within(clock, Math.min(ANSWER_MS, deadline - clock.now()), work);
    if (answer === LATE) throw new Silence('the server did not answer');
    return answer;
  }

  #enter(): Promise<void> | undefined {
    this.#open += 1;
    if (this.#open <= SESSIONS) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
