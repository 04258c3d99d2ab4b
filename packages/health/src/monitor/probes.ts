import type { CheckBoard } from '../checks/check-board.ts';
import type { HealthStatus } from '../status/level.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ErrorSummary, ProbeAnswer } from './types.ts';

/** What probes are answered from. */
export interface ProbeSources {
  readonly lifecycle: () => Lifecycle;
  readonly broken: string | undefined;
  readonly checks: CheckBoard;
  readonly summary: () => ErrorSummary;
  readonly brokenForMs: number;
}

const WORDS = { healthy: 'ok', degraded: 'degraded', critical: 'critical' } as const satisfies Record<
  HealthStatus,
  string
>;

/** Answers one probe: liveness without asking anybody, the others with results that are fresh if they come in time. */
export async function answerProbe(
  which: 'health' | 'live' | 'ready',
  sources: ProbeSources,
): Promise<ProbeAnswer> {
  if (which === 'live') return live(sources);
  if (which === 'ready') return ready(sources);
  const { checks } = sources;
  await checks.refresh(checks.runners);
  const words = checks.words();
  if (sources.lifecycle() === 'draining') return { code: 503, status: 'draining', checks: words };
  const { status } = sources.summary();
  return { code: status === 'critical' ? 503 : 200, status: WORDS[status], checks: words };
}

/** A restart must help: so only what was declared, or what was chosen to count, and never a drain. */
function live({ broken, checks, brokenForMs }: ProbeSources): ProbeAnswer {
  const failed = checks
    .of('live')
    .some((runner) => runner.check.required && !runner.check.shared && runner.failingForMs() >= brokenForMs);
  return broken !== undefined || failed
    ? { code: 503, status: 'broken', checks: {} }
    : { code: 200, status: 'ok', checks: {} };
}

async function ready({ lifecycle, broken, checks }: ProbeSources): Promise<ProbeAnswer> {
  const runners = checks.of('ready');
  if (lifecycle() !== 'draining') await checks.refresh(runners);
  const words = checks.words(runners);
  if (lifecycle() === 'draining') return { code: 503, status: 'draining', checks: words };
  if (broken !== undefined) return { code: 503, status: 'broken', checks: words };
  if (lifecycle() === 'starting' || !checks.answered) return { code: 503, status: 'starting', checks: words };
  const { status } = checks.verdict(runners);
  if (status === 'critical') return { code: 503, status: 'down', checks: words };
  return { code: 200, status: WORDS[status], checks: words };
}
