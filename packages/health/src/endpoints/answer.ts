import { PROBE_RETRY_AFTER_S } from '../defaults.ts';
import type { ProbeAnswer } from '../monitor/types.ts';

const HEALTH_JSON = 'application/health+json';

function json(
  request: Request,
  body: unknown,
  code: number,
  type: string,
  headers: Record<string, string>,
): Response {
  const bytes = Buffer.from(JSON.stringify(body));
  return new Response(request.method === 'HEAD' ? null : bytes, {
    status: code,
    headers: {
      'content-type': `${type}; charset=utf-8`,
      'content-length': String(bytes.length),
      'cache-control': 'no-store',
      ...headers,
    },
  });
}

const passOrFail = (word: string): string => (word === 'ok' ? 'pass' : word === 'degraded' ? 'warn' : 'fail');

/** The body of draft-inadarei-api-health-check-06, for those who ask for it. */
function healthJson({ status, checks }: ProbeAnswer): object {
  const entries = Object.entries(checks).map(
    ([name, word]) => [name, [{ status: passOrFail(word) }]] as const,
  );
  return { status: passOrFail(status), checks: Object.fromEntries(entries) };
}

/** The public answer of a probe: words alone, never a message of a driver. */
export function probeResponse(request: Request, answer: ProbeAnswer, variants: boolean): Response {
  const headers: Record<string, string> = {
    ...(answer.code === 503 ? { 'retry-after': String(PROBE_RETRY_AFTER_S) } : {}),
    ...(variants ? { vary: 'Accept' } : {}),
  };
  const asked = variants && (request.headers.get('accept') ?? '').toLowerCase().includes(HEALTH_JSON);
  if (asked) return json(request, healthJson(answer), answer.code, HEALTH_JSON, headers);
  return json(request, { status: answer.status, ...answer.checks }, answer.code, 'application/json', headers);
}

/** The report, for those who may see it. */
export function reportResponse(request: Request, report: object, code: number): Response {
  return json(request, report, code, 'application/json', {});
}

/** Asks a browser for the password. */
export function challenge(): Response {
  return new Response(null, {
    status: 401,
    headers: { 'www-authenticate': 'Basic realm="health", charset="UTF-8"', 'cache-control': 'no-store' },
  });
}
