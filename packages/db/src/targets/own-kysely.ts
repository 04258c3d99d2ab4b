import type { Engine } from '../engine/engine.ts';
import { type Kysely, Transaction } from '../kysely.ts';
import type { Gate } from '../unit/gate.ts';

/** A transaction of Kysely's that runs on the gate; plugins and schema are those of the caller's handle. */
export function transactionOn<DB>(target: Kysely<DB>, engine: Engine, gate: Gate): Transaction<DB> {
  const { dialect } = engine;
  if (!dialect) throw new TypeError('this engine has no dialect of Kysely');
  const executor = target
    .getExecutor()
    .withConnectionProvider({ provideConnection: (consumer) => consumer(gate) });
  return new Transaction<DB>({ config: { dialect }, dialect, driver: dialect.createDriver(), executor });
}
