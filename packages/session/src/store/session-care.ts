import { type Clock, type Logger, loggerOf, systemClock } from '@resilient/core';
import { showNew } from '../defaults/pending-defaults.ts';
import { healLoaded, type LoadedSession } from '../heal/heal-loaded.ts';
import type { Repair } from '../heal/repair.ts';
import { restoreAuthority } from '../restore/restore-authority.ts';
import { readyToSave } from '../save/ready-to-save.ts';
import { type CompiledShape, rulesOf } from '../shape/compiled-shape.ts';
import type { SessionShape } from '../shape/types.ts';
import { dropUnstorable } from './drop-unstorable.ts';

/** What adapters take beside a shape. */
export interface CareOptions {
  /** Name in events. @defaultValue `'session'` */
  readonly name?: string | undefined;
  /** @defaultValue the shared logger of `@resilient/core` */
  readonly logger?: Logger | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** Is called with each repair of a session that was loaded; what it throws is ignored. @defaultValue none */
  readonly onRepair?: ((repair: Repair) => void) | undefined;
}

/** What every adapter does with a session, in the order in which a request meets it. */
export class SessionCare {
  readonly rules: CompiledShape;
  readonly logger: Logger;
  readonly #shape: SessionShape;
  readonly #name: string | undefined;
  readonly #clock: Clock;
  readonly #onRepair: CareOptions['onRepair'];

  constructor(shape: SessionShape, { name, logger, clock, onRepair }: CareOptions) {
    this.rules = rulesOf(shape);
    this.logger = loggerOf(logger);
    this.#shape = shape;
    this.#name = name;
    this.#clock = clock ?? systemClock;
    this.#onRepair = onRepair;
  }

  /** Heals a session that was loaded, in place. */
  heal(session: object, id?: string): LoadedSession {
    const healed = healLoaded(session, this.#shape, { id, name: this.#name, clock: this.#clock });
    this.#report(healed.repairs);
    return healed;
  }

  /** Shows the defaults in a session that is new. */
  show(session: object): void {
    showNew(session, this.rules);
  }

  /** Asks for the authority that is gone. */
  async restore(session: object, signal?: AbortSignal): Promise<void> {
    const options = { signal, clock: this.#clock, logger: this.logger };
    this.#report(await restoreAuthority(session, this.#shape, options));
  }

  /** Makes a session what its host may look at and save; answers a function that shows healed values again. */
  ready(session: object): () => void {
    const showAgain = readyToSave(session);
    const dropped = dropUnstorable(session, this.rules);
    if (dropped.length > 0) {
      const keys = dropped.map(({ key, kind }) => (kind === 'unknown' ? '(unknown)' : key));
      this.logger.warn(
        { keys },
        'parts of a session cannot be stored (circular, BigInt, too deep): they were left out',
      );
    }
    return showAgain;
  }

  #report(repairs: readonly Repair[]): void {
    if (this.#onRepair === undefined) return;
    for (const repair of repairs) {
      try {
        this.#onRepair(repair);
      } catch {
        // a listener must not break the request
      }
    }
  }
}
