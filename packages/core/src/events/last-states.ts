import { processWide } from '../options/process-wide.ts';
import type { BreakerEvent, BudgetEvent, PoolEvent, ResilienceEvent } from './event.ts';

/** Kinds that are states, not moments: a new listener is told them. */
type StateEvent = BreakerEvent | BudgetEvent | PoolEvent;

/** At most so many states are kept; the one changed longest ago gives way. */
const LIMIT = 1_000;

/** Of all installed copies, as the channels are: a listener of one is told the breakers of another. */
const states = processWide('last-states/1', () => new Map<string, StateEvent>());

function isState(event: ResilienceEvent): event is StateEvent {
  return event.kind === 'breaker' || event.kind === 'budget' || event.kind === 'pool';
}

/** Keeps the event if it is a state. */
export function remember(event: ResilienceEvent): void {
  if (!isState(event)) return;
  const key = `${event.kind}\n${event.package}\n${event.name}`;
  states.delete(key);
  states.set(key, { ...event }); // a listener may change what it is given
  if (states.size > LIMIT) states.delete(states.keys().next().value as string);
}

/** The last state of each name, oldest change first, marked as told again. */
export function lastStates(): ResilienceEvent[] {
  return [...states.values()].map((event) => ({ ...event, replay: true }));
}
