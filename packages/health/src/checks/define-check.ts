import { checkDuration, checkKnown, checkOneOf, checkType, refuse } from '@resilient/core';
import { CHECK_INTERVAL_MS, CHECK_TIMEOUT_MS, CHECK_TTL_MS } from '../defaults.ts';
import type { CheckResult } from './check-result.ts';

/** The probes that a check can speak in, beside `/health`, where all do. */
export type Probe = 'live' | 'ready';

/** What a check is. */
export interface CheckOptions {
  /** `[a-z][a-z0-9_]{0,31}`, not `status`; public, as a key of `/health`. */
  readonly name: string;
  /** Answers nothing (ok) or a {@link CheckResult}; a throw is `down`. `signal` is aborted when its time is up. */
  readonly run: (context: { readonly signal: AbortSignal }) => unknown;
  /** Whether the application is critical without it, not merely degraded. @defaultValue `true` */
  readonly required?: boolean;
  /** Whether all replicas depend on the same thing. In `live` that is refused. @defaultValue `false` */
  readonly shared?: boolean;
  /** Where it speaks beside `/health`. @defaultValue `['ready']`, and `[]` for a shared one */
  readonly probes?: readonly Probe[];
  /** How often it runs in the background, in milliseconds; `Infinity` for never. @defaultValue `10_000` */
  readonly intervalMs?: number;
  /** How long one run may take, in milliseconds. @defaultValue `800` (a probe of Kubernetes waits 1 s) */
  readonly timeoutMs?: number;
  /** How old a result a probe may use, in milliseconds. @defaultValue `2_000` */
  readonly ttlMs?: number;
}

/** A check, ready for `createHealthMonitor({ checks })`. */
export type HealthCheck = Readonly<Required<CheckOptions>>;

const defined = new WeakSet<object>();

const KNOWN = ['name', 'run', 'required', 'shared', 'probes', 'intervalMs', 'timeoutMs', 'ttlMs'];

/**
 * Defines a check of something that the application needs.
 *
 * @throws TypeError or RangeError for a wrong option; also for `shared: true` in `live`, since the failure of a thing
 *   that all replicas share would restart all of them at once
 * @example
 * ```ts
 * import { defineCheck } from '@resilient/health';
 *
 * const mail = defineCheck({
 *   name: 'mail',
 *   required: false,
 *   run: async ({ signal }) => {
 *     await fetch('http://127.0.0.1:8025/', { signal });
 *   },
 * });
 * ```
 */
export function defineCheck(options: CheckOptions): HealthCheck {
  checkKnown('defineCheck', options, KNOWN);
  const { name, run, required = true, shared = false } = options;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]{0,31}$/.test(name) || name === 'status') {
    throw refuse('name', 'of the form [a-z][a-z0-9_]{0,31}, and not `status`', name);
  }
  checkType('run', run, 'function');
  checkType('required', required, 'boolean');
  checkType('shared', shared, 'boolean');
  const probes = options.probes ?? (shared ? [] : ['ready']);
  if (!Array.isArray(probes)) throw refuse('probes', 'an array of `live` and `ready`', probes);
  for (const probe of probes) checkOneOf('probes', probe, ['live', 'ready']);
  if (shared && probes.includes('live')) {
    throw new TypeError(
      `expected \`probes\` of the shared check \`${name}\` not to hold \`live\`: when it fails, every replica would be restarted at once, and none of them is broken`,
    );
  }
  const check: HealthCheck = Object.freeze({
    name,
    run,
    required,
    shared,
    probes: Object.freeze([...probes]),
    intervalMs: checkDuration('intervalMs', options.intervalMs ?? CHECK_INTERVAL_MS),
    timeoutMs: checkDuration('timeoutMs', options.timeoutMs ?? CHECK_TIMEOUT_MS),
    ttlMs: checkDuration('ttlMs', options.ttlMs ?? CHECK_TTL_MS),
  });
  defined.add(check);
  return check;
}

/** A check as it was defined, or defined now for those who hand over the bare options. */
export function definedCheck(check: CheckOptions): HealthCheck {
  return defined.has(check) ? (check as HealthCheck) : defineCheck(check);
}
