import { isObserved, publish, Refusal } from '@resilient/core';
import type { Gate } from '../gate/gate.ts';
import type { Memory } from '../memory/memory.ts';

/** The circuit lets nothing through. */
export function circuitOpen(memory: Memory): Refusal {
  memory.counters.refusals.circuit += 1;
  const retryAt = memory.breaker?.retryAt;
  return new Refusal(
    'circuit-open',
    retryAt ? `it is tried again from ${retryAt.toISOString()} on` : '',
    retryAt,
  );
}

/** As many attempts run as may. */
export function saturated(memory: Memory): Refusal {
  const { limit } = memory.slots;
  memory.counters.refusals.slots += 1;
  if (isObserved('saturated')) publish({ kind: 'saturated', name: memory.name, package: 'http', limit });
  return new Refusal('saturated', `${limit} attempts may run at a time`);
}

/** The rate limit lasts longer than the call may, or too many wait for its end. */
export function gateTooLong(memory: Memory, gate: Gate, now: number): Refusal {
  const { clock } = memory.parts;
  memory.counters.refusals.gate += 1;
  const retryAt = new Date(Math.ceil(clock.epochNow() + Math.max(0, gate.openAt - now)));
  return new Refusal('retry-after-too-long', `nothing is sent before ${retryAt.toISOString()}`, retryAt);
}

/** The client was closed. */
export function closedClient(): Refusal {
  return new Refusal('closed', '');
}

/** The caller went away while the call waited. */
export function givenUp(): Refusal {
  return new Refusal('aborted', '');
}

/** The deadline came while the call waited, or had passed before it. */
export function outOfTime(): Refusal {
  return new Refusal('deadline', '');
}
