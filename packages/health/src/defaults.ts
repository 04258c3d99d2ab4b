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

/** Share of failed requests above which an application is degraded: a 99 % objective burnt at 1×. */
export const ERROR_RATE_DEGRADED = 0.01;
/** Share of failed requests above which it is critical: the same objective burnt at 5×. */
export const ERROR_RATE_CRITICAL = 0.05;
/** Requests that each of the two windows must hold before a rate means anything. */
export const MIN_REQUESTS = 20;

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
/** Most alerts at a time, firing or quiet; more than that are one incident. */
export const MAX_ALERTS = 1_000;
/** How long a key says nothing after it was resolved. */
export const QUIET_MS = 600_000;

/** How long a check may take; a probe of Kubernetes waits 1 s in all. */
export const CHECK_TIMEOUT_MS = 800;
/** How long a probe may use a result before it asks again. */
export const CHECK_TTL_MS = 2_000;
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
