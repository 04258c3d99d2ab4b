import { asRecord } from '../counting/as-record.ts';
import type { InstanceState } from '../fleet/fleet-store.ts';
import { countOf, entriesOf, fieldsOf, oneOf, textOf } from './stored-json.ts';
import { STATUS_ORDER } from './write-instance.ts';

/** Reads what an instance wrote, also one of another version; `undefined` for what none of ours has written. */
export function stateOf(text: string): InstanceState | undefined {
  const fields = fieldsOf(text);
  const life = textOf(fields?.life);
  const instance = textOf(fields?.instance);
  if (fields === undefined || life === undefined || instance === undefined) return undefined;
  const release = textOf(fields.release);
  const { reasons, durations } = fields;
  return {
    life,
    instance,
    ...(release === undefined ? {} : { release }),
    startedAt: countOf(fields.startedAt),
    lifecycle: oneOf(fields.lifecycle, ['starting', 'running', 'draining'], 'running'),
    status: oneOf(fields.status, STATUS_ORDER, 'critical'),
    reasons: Array.isArray(reasons) ? reasons.filter((reason) => typeof reason === 'string') : [],
    requests: countOf(fields.requests),
    failures: countOf(fields.failures),
    errors: asRecord(entriesOf(fields.errors)),
    durations: Array.isArray(durations) ? durations.map(countOf) : [],
    ended: fields.ended === true,
  };
}
