import type { Clock, ResilienceEvent } from '@resilient/core';
import { NamedCounts } from '../counting/named-counts.ts';

/** States of breakers and pools that are kept; the one that changed longest ago gives way. */
const MAX_STATES = 1_000;
/** Kinds with their states; there are fewer than this. */
const MAX_KINDS = 64;

type StateEvent = ResilienceEvent & { kind: 'breaker' | 'pool' };

/** Counts what core's events tell, and keeps the last state of each breaker and pool. */
export class EventLedger {
  readonly #clock: Clock;
  readonly #counts = new NamedCounts(MAX_KINDS);
  readonly #states = new Map<string, StateEvent>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(event: ResilienceEvent): void {
    if (event.kind === 'breaker' || event.kind === 'pool') this.#keep(event);
    if (event.replay !== true) this.#counts.add(this.#clock.now(), labelOf(event));
  }

  counts(): [label: string, count: number][] {
    return this.#counts.entries(this.#clock.now());
  }

  states<Kind extends StateEvent['kind']>(kind: Kind): (ResilienceEvent & { kind: Kind })[] {
    return [...this.#states.values()].filter((event) => event.kind === kind) as (ResilienceEvent & {
      kind: Kind;
    })[];
  }

  #keep(event: StateEvent): void {
    const key = `${event.kind}\n${event.package}\n${event.name}`;
    this.#states.delete(key);
    this.#states.set(key, event);
    if (this.#states.size > MAX_STATES) this.#states.delete(this.#states.keys().next().value as string);
  }
}

function labelOf(event: ResilienceEvent): string {
  switch (event.kind) {
    case 'commit':
      return `commit.${event.result}`;
    case 'session':
      return `session.${event.action}`;
    case 'fallback':
      return event.ok ? 'fallback.ok' : 'fallback.failed';
    case 'breaker':
    case 'budget':
    case 'pool':
    case 'rate-limit':
    case 'alert':
      return `${event.kind}.${event.state}`;
    default:
      return event.kind;
  }
}
