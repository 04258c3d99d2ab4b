import type { Engine } from '../engine/engine.ts';
import type { DatabaseConnection, Kysely } from '../kysely.ts';
import { refuseOuterHandle } from '../unit/current-unit.ts';

/** A Kysely's executor, the one thing that all its statements pass. */
export type Executor = ReturnType<Kysely<never>['getExecutor']>;

const guarded = new WeakSet<Executor>();

/**
 * Refuses connections of this very Kysely to code inside a unit on it; its copies have executors of their own. Answers
 * how the unit itself gets one.
 */
export function guardExecutor(executor: Executor, engine: () => Engine): Executor['provideConnection'] {
  const provide = executor.provideConnection.bind(executor);
  if (guarded.has(executor)) return provide;
  guarded.add(executor);
  const guard: Executor['provideConnection'] = async (consumer, options) => {
    refuseOuterHandle(engine());
    return provide(consumer, options);
  };
  Object.defineProperty(executor, 'provideConnection', { value: guard, writable: true, configurable: true });
  return provide;
}

/** Lets the connection's next statement be answered by `act` instead of the database; the one after it is its own. */
export function interceptNext(
  connection: DatabaseConnection,
  act: () => Promise<{ readonly rows: never[] }>,
): void {
  const own = Object.getOwnPropertyDescriptor(connection, 'executeQuery');
  const once = (): Promise<{ readonly rows: never[] }> => {
    if (own) Object.defineProperty(connection, 'executeQuery', own);
    else Reflect.deleteProperty(connection, 'executeQuery');
    return act();
  };
  Object.defineProperty(connection, 'executeQuery', { value: once, writable: true, configurable: true });
}
