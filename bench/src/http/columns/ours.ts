import { type ApiClientOptions, createApiClient, forget } from '@resilient/http';
import type { Measure } from '../scenarios/scenario.ts';
import { type Column, RETRIES } from './column.ts';

const nothing = (): void => {};
const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing };
const logger: NonNullable<ApiClientOptions['logger']> = { ...quiet, child: () => logger };

/** `createApiClient` with its defaults; the calls are reads. */
function clientColumn(name: string, options: Pick<ApiClientOptions, 'hedge'>): Column {
  return {
    name,
    open({ clock, attemptMs }) {
      forget();
      const client = createApiClient({
        name: 'scorecard',
        clock,
        random: clock.random,
        logger,
        idempotent: true,
        maxRetries: RETRIES,
        attemptTimeoutMs: attemptMs,
        ...options,
      });
      return { call: (attempt) => client.call(attempt), close: () => forget() };
    },
  };
}

/** The client as it comes. */
const ours: Column = clientColumn('ours', {});

/** The same with a second request beside one that is slower than 95 % are. */
const oursHedged: Column = clientColumn('ours, hedged', { hedge: { afterMs: 'p95' } });

/** Our columns of a scenario: hedging only where something is promised of it. */
export function columnsOf(measures: readonly Measure[]): Column[] {
  return measures.some(({ goal }) => goal?.of === oursHedged.name) ? [ours, oursHedged] : [ours];
}
