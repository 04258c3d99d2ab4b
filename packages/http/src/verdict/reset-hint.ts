import { headerOf } from './headers.ts';
import { bounded, numberOf, untilReset } from './instant.ts';

/** A limit's rest, and when it is full again. */
type Pair = readonly [remaining: string, reset: string];

/** Several limits hold at once: those that are used up count. */
const NAMED: readonly Pair[] = [
  ['x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'], // OpenAI: Go durations
  ['x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
  ...['requests', 'tokens', 'input-tokens', 'output-tokens'].map(
    (what): Pair => [`anthropic-ratelimit-${what}-remaining`, `anthropic-ratelimit-${what}-reset`],
  ),
];

/** Seconds from now, or an instant: GitHub, X, GitLab, the IETF's first drafts, Discord, Symfony. */
const PLAIN: readonly Pair[] = [
  ['x-ratelimit-remaining', 'x-ratelimit-reset-after'],
  ['x-ratelimit-remaining', 'x-ratelimit-retry-after'],
  ['x-ratelimit-remaining', 'x-ratelimit-reset'],
  ['x-rate-limit-remaining', 'x-rate-limit-reset'],
  ['ratelimit-remaining', 'ratelimit-reset'],
  ['ratelimit-remaining', 'ratelimit-resettime'],
];

const UNITS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};
const GO_PART = /(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g;
const GO_DURATION = /^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/;

/** A duration as Go writes it, such as `6m0s` or `120ms`, in milliseconds. */
export function goDuration(text: string | undefined): number | undefined {
  if (text === undefined || !GO_DURATION.test(text)) return undefined;
  let ms = 0;
  for (const [, number, unit] of text.matchAll(GO_PART)) ms += Number(number) * (UNITS[unit as string] ?? 0);
  return bounded(ms);
}

function ofNamed(headers: unknown, now: number): number | undefined {
  const waits = NAMED.filter(([remaining]) => numberOf(headerOf(headers, remaining)) === 0)
    .map(([, reset]) => headerOf(headers, reset))
    .map((text) => goDuration(text) ?? untilReset(text, headers, now))
    .filter((ms) => ms !== undefined);
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

/** A reset says nothing while something of the limit is left: GitHub sends it with every answer. */
function ofPlain(headers: unknown, now: number): number | undefined {
  for (const [remaining, reset] of PLAIN) {
    if ((numberOf(headerOf(headers, remaining)) ?? 0) > 0) continue;
    const ms = untilReset(headerOf(headers, reset), headers, now);
    if (ms !== undefined) return ms;
  }
  return undefined;
}

/** `RateLimit: "default";r=0;t=30`, or `limit=10, remaining=0, reset=30` in drafts before; the longest that is used up. */
function ofStructured(headers: unknown): number | undefined {
  const text = headerOf(headers, 'ratelimit');
  if (text === undefined) return undefined;
  const limits = text.includes('reset=') ? [text] : text.split(',');
  const waits = limits
    .filter((limit) => /(?:^|[;,]) *(?:r|remaining) *= *0(?!\d)/.test(limit))
    .map((limit) => /(?:^|[;,]) *(?:t|reset) *= *(\d+)/.exec(limit)?.[1])
    .map(numberOf)
    .filter((seconds) => seconds !== undefined);
  return waits.length > 0 ? bounded(Math.max(...waits) * 1_000) : undefined;
}

/**
 * When a rate limit that is used up is full again, in milliseconds from now: for answers that are known to be refusals
 * of a rate limit and have no `retry-after`.
 */
export function resetHintOf(headers: unknown, now: number): number | undefined {
  return ofNamed(headers, now) ?? ofPlain(headers, now) ?? ofStructured(headers);
}
