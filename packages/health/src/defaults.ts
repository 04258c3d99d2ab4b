/** Length of one bucket of counts, in milliseconds. */
export const BUCKET_MS = 15_000;
/** Buckets kept: 60 of 15 s are the "Last 15 minutes" of the summary. */
export const BUCKETS = 60;
/** Buckets of the short window: 75 s, so that an outage that is over stops being one (site reliability workbook, ch. 5). */
export const RECENT_BUCKETS = 5;
/** What `timeWindow` of the summary says. */
export const TIME_WINDOW = 'Last 15 minutes';

/** Where counts go whose name had to give way; OpenTelemetry's word for it. */
export const OTHER = '_OTHER';
/** The route of a request that no route matched. */
export const UNMATCHED = '_unmatched';
/** Most error types counted by name at a time. */
export const MAX_TYPES = 256;
/** Most fingerprints known at a time. */
export const MAX_FINGERPRINTS = 1_000;
/** Most route templates counted by name at a time. */
export const MAX_ROUTES = 200;

/** Two thresholds. */
interface Levels {
  readonly degraded: number;
  readonly critical: number;
}

/**
 * What makes an application degraded or critical. The error rate is a 99 % objective burnt at 1× and 5×; 8 and 14 of
 * 15 connections; 20 requests are what a rate takes to mean anything.
 */
export const THRESHOLDS: {
  readonly [metric in 'memory' | 'cpu' | 'eventLoopMs' | 'database' | 'disk']: Levels;
} & { readonly [metric in 'errorRate' | 'p95Ms']: Levels & { readonly minRequests: number } } = {
  errorRate: { degraded: 0.01, critical: 0.05, minRequests: 20 },
  p95Ms: { degraded: 2_000, critical: 5_000, minRequests: 20 },
  memory: { degraded: 0.7, critical: 0.9 },
  cpu: { degraded: 0.8, critical: 0.95 },
  eventLoopMs: { degraded: 70, critical: 500 },
  database: { degraded: 8 / 15, critical: 14 / 15 },
  disk: { degraded: 0.8, critical: 0.95 },
};
/** Time between two samples of the metrics. */
export const SAMPLE_INTERVAL_MS = 5_000;
/** Samples in a row that must be above a threshold: one garbage collection is no breach. */
export const HOLD_SAMPLES = 3;
/** Share of a threshold at which it is no longer exceeded, so that a value at the edge does not flap. */
export const CLEAR_AT = 0.8;

/** An error that is seen more often than this within {@link REPEAT_WINDOW_MS} is an alert. */
export const REPEAT_LIMIT = 10;
/** The hour of the rule "the same error more than 10 times within 1 hour". */
export const REPEAT_WINDOW_MS = 3_600_000;
/** Silence after which that alert is over. */
export const REPEAT_SILENCE_MS = 900_000;
/** When a notice is repeated, counted from the first: after 10 minutes, 1 hour, and then every {@link REPEAT_EVERY_MS}. */
export const REPEAT_AFTER_MS: readonly number[] = [600_000, 3_600_000];
/** The rest of the repetitions, Alertmanager's `repeat_interval`. */
export const REPEAT_EVERY_MS = 14_400_000;
/** More new sorts of errors than this within {@link FLOOD_WINDOW_MS} are an alert. */
export const FLOOD_LIMIT = 1_000;
/** The minute of the rule "more than 1,000 new sorts of errors in a minute". */
export const FLOOD_WINDOW_MS = 60_000;
/** How long the rule of an alert must be false until it is resolved; the hourly rule has a silence of its own. */
export const RESOLVE_AFTER_MS = 300_000;
/** Notices that go to the sinks within a minute. */
export const NOTICES_PER_MINUTE = 10;
/** Those of them that are kept for critical alerts. */
export const NOTICES_FOR_CRITICAL = 3;
/** Notices that wait for one sink; beyond that the oldest gives way, warnings first. */
export const SINK_QUEUE = 100;
/** How long a sink may take for one notice. */
export const SINK_TIMEOUT_MS = 3_000;
/** Waits between tries of a sink that fails; from the fifth failure in a row on it is left alone for the last of them. */
export const SINK_WAITS_MS: readonly number[] = [1_000, 2_000, 5_000, 15_000, 60_000];
/** Longest wait that a sink may ask for with `Retry-After`. */
export const SINK_MAX_WAIT_MS = 600_000;
/** A notice that could not be sent for so long is given up. */
export const NOTICE_MAX_AGE_MS = 3_600_000;
/** Shortest secret that signs a webhook. */
export const MIN_WEBHOOK_SECRET = 16;
/** What Sentry may take to send what it holds, at the end: less than the whole flush. */
export const SENTRY_FLUSH_MS = 1_500;
/** How long a shared store may take to decide who sends a notice; then each instance decides alone. */
export const STORE_TIMEOUT_MS = 1_000;
/** Most alerts at a time, firing or quiet; more than that are one incident. */
export const MAX_ALERTS = 1_000;
/** How long a key says nothing after it was resolved. */
export const QUIET_MS = 600_000;

/** How long a check may take; a probe of Kubernetes waits 1 s in all. */
export const CHECK_TIMEOUT_MS = 800;
/** How long a probe may use a result before it asks again. */
export const CHECK_TTL_MS = 2_000;
/** Callers before the writer of a SQLite database that count as its limit: from there on `db.check()` calls it crowded. */
export const WRITER_QUEUE_LIMIT = 1_000;
/** How often a check runs in the background. */
export const CHECK_INTERVAL_MS = 10_000;
/** Intervals without a result after which a check is `unknown`. */
export const STALE_INTERVALS = 3;
/** How long a probe waits for fresh results before it answers with what it has: 800 ms less 200 for a busy machine. */
export const PROBE_BUDGET_MS = 600;
/** `Retry-After` of a probe that says 503, in seconds. */
export const PROBE_RETRY_AFTER_S = 5;
/** How long `authorize` may think. */
export const AUTHORIZE_TIMEOUT_MS = 1_000;
/** Shortest bearer token taken. */
export const MIN_TOKEN_LENGTH = 32;

/** How long one hook of an error page may take: a roll-back on a dead connection must not keep the page back. */
export const ROLLBACK_TIMEOUT_MS = 1_000;
/** `Retry-After` of an error page, in seconds, where the error names no instant. */
export const PAGE_RETRY_AFTER_S = 5;

/** A whole drain: below the 30 s of grace that Kubernetes gives. */
export const DRAIN_TIMEOUT_MS = 25_000;
/** A drain after an error that nobody caught. */
export const FATAL_DRAIN_TIMEOUT_MS = 10_000;
/** How long the application goes on serving after readiness says 503, on SIGTERM in production: one probe period. */
export const DRAIN_DELAY_MS = 5_000;
/** How long a worker that must end goes on serving until the one that replaces it is ready. */
export const REPLACEMENT_TIMEOUT_MS = 5_000;
/** How long one `onShutdown` hook may take. */
export const HOOK_TIMEOUT_MS = 5_000;
/** What the last step of a drain, the monitor's own, may take. */
export const FLUSH_TIMEOUT_MS = 2_000;
/** The same signal again within this time is an echo (a terminal signals the whole group, a supervisor passes it on). */
export const SIGNAL_ECHO_MS = 500;

/** First wait before a dead worker is replaced; doubled up to {@link RESPAWN_MAX_MS}. */
export const RESPAWN_INITIAL_MS = 100;
/** Longest wait before a dead worker is replaced. */
export const RESPAWN_MAX_MS = 30_000;
/** A worker that lived this long starts the waits from the beginning. */
export const RESPAWN_RESET_MS = 60_000;
/** Deaths in a row before readiness that end the whole. */
export const MAX_EARLY_DEATHS = 3;
/** How long workers may take to end after a signal before they are killed: the drain and 5 s. */
export const WORKER_GRACE_MS = 30_000;
/** How often a worker says that its event loop turns, and the supervisor looks. */
export const PULSE_INTERVAL_MS = 1_000;
/** Requests of one interval that a worker tells of as they begin: 5 µs each, measured, so 1 ms of a second. */
export const REQUESTS_TOLD = 200;
/** Silence of a worker's event loop after which it is killed. */
export const HANG_TIMEOUT_MS = 30_000;
/** How far the limits of two workers lie apart, as a share. */
export const WORKER_JITTER = 0.1;
/** How long a worker that is replaced by plan goes on serving: Node's `keepAliveTimeout`, so that idle connections end by themselves. */
export const RETIRE_DELAY_MS = 5_000;
/** How long such a worker may take to end before it is killed: its drain and 5 s. */
export const RETIRE_TIMEOUT_MS = 35_000;

/** How long a request may take to arrive, and its answer to begin. */
export const REQUEST_TIMEOUT_MS = 120_000;
/** How long the headers of a request may take to arrive; Node's own is 60 s. */
export const HEADERS_TIMEOUT_MS = 15_000;
/** How long an idle connection is kept: Node's own. */
export const KEEP_ALIVE_TIMEOUT_MS = 5_000;

/** Points of the charts: 15 minutes of samples of 5 s. */
export const HISTORY_POINTS = 180;
/** How often a dashboard is told what is new: below the 2 s after which a burst of errors must be seen. */
export const FEED_INTERVAL_MS = 1_000;
/** How often it is told that nothing is. */
export const FEED_BEAT_MS = 15_000;
/** Most dashboards at a time. */
export const MAX_STREAMS = 20;

/** How often an instance writes to the fleet store. */
export const FLEET_EVERY_MS = 5_000;
/** How soon after its start it does so first. */
export const FLEET_FIRST_MS = 500;
/** An instance that has not written for so long is gone: six writes. */
export const FLEET_GONE_AFTER_MS = 30_000;
/** What one write or reading may take. */
export const FLEET_TIMEOUT_MS = 1_000;
/** How long what was read of the others may be shown before it is read again. */
export const FLEET_READ_TTL_MS = 1_000;
/** Error types that one write tells by name; the rest is in `_OTHER`. At 100 characters each they are 10 kB. */
export const FLEET_TYPES = 100;
/** Hours that are kept while the store does not answer; the oldest give way. */
export const FLEET_HOURS_KEPT = 48;
/** Instances that are gone and still shown. */
export const FLEET_GONE_SHOWN = 100;
/**
 * Bounds of the fleet's buckets of request durations in seconds: OpenTelemetry's advice for
 * `http.server.request.duration` (semantic conventions, HTTP metrics), with 2 s, where latency is degraded; 5 s is one.
 */
export const FLEET_BOUNDS_S: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2, 2.5, 5, 7.5, 10,
];

/** Bounds of the histogram of request durations in seconds: OpenTelemetry's for `http.server.request.duration`. */
export const DURATION_BOUNDS_S: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
/** Most status codes told apart; with 17 lines each they are 340 of the 2,000 series. */
export const MAX_STATUS_CODES = 20;
/** Most pairs of route and status told apart. */
export const MAX_TOTALS = 800;
/** Most checks, pools, breakers told apart in metrics, of each. */
export const MAX_NAMED_SERIES = 100;
