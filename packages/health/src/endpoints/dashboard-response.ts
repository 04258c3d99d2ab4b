import { dashboardPage } from '../dashboard/page.ts';
import type { ReportFeed } from '../dashboard/report-feed.ts';
import { PROBE_RETRY_AFTER_S } from '../defaults.ts';

/** The page, for those who may see it. */
export function dashboardResponse(request: Request, feed: ReportFeed, events: string): Response {
  const { body, policy } = dashboardPage(feed.view(), events);
  return new Response(request.method === 'HEAD' ? null : body, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'content-security-policy': policy,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  });
}

/** What is new, as it happens; 503 for the 21st who asks. */
export function eventsResponse(request: Request, feed: ReportFeed): Response {
  const stream = request.method === 'HEAD' ? null : feed.open();
  if (stream === undefined) {
    return new Response(null, {
      status: 503,
      headers: { 'cache-control': 'no-store', 'retry-after': String(PROBE_RETRY_AFTER_S) },
    });
  }
  return new Response(stream, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}
