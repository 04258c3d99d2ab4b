import { DURATION_BOUNDS_S, MAX_STATUS_CODES, MAX_TOTALS, MAX_TYPES, OTHER, UNMATCHED } from '../defaults.ts';

/** Requests of one route that were answered with one status. */
export interface RequestTotal {
  readonly route: string;
  readonly status: string;
  count: number;
}

/** How long the requests took that were answered with one status. */
export interface DurationTotal {
  /** Requests by bucket, not cumulative; the last one is for what is above every bound. */
  readonly buckets: number[];
  sumS: number;
  count: number;
}

/** What was counted since the start. */
export interface MonitorTotals {
  /** Requests by route and status. */
  requests(): Iterable<Readonly<RequestTotal>>;
  /** Durations by status. */
  durations(): Iterable<readonly [status: string, total: Readonly<DurationTotal>]>;
  /** Errors by type. */
  errors(): Iterable<readonly [type: string, count: number]>;
  /** Calls `listener` for each request as it is counted, with its status and its seconds; answers what ends that. */
  onRequest(listener: RequestListener): () => void;
}

/** Told of a request: its status, or what stands for those that are not told apart, and its duration in seconds. */
export type RequestListener = (status: string, durationS: number) => void;

/** Counts since the start, for systems that compute rates themselves; nothing here is ever taken back. */
export class Totals implements MonitorTotals {
  readonly #requests = new Map<string, RequestTotal>();
  readonly #durations = new Map<string, DurationTotal>();
  readonly #errors = new Map<string, number>();
  readonly #listeners = new Set<RequestListener>();

  request(route: string | undefined, status: number, durationMs: number): void {
    const code = this.#codeOf(status);
    const template = typeof route === 'string' && route !== '' ? route.slice(0, 200) : UNMATCHED;
    this.#requestTotal(template, code).count += 1;
    const seconds = Number.isFinite(durationMs) ? Math.max(0, durationMs) / 1_000 : 0;
    const total = this.#durationTotal(code);
    const bucket = DURATION_BOUNDS_S.findIndex((bound) => seconds <= bound);
    const place = bucket < 0 ? DURATION_BOUNDS_S.length : bucket;
    total.buckets[place] = (total.buckets[place] ?? 0) + 1;
    total.sumS += seconds;
    total.count += 1;
    for (const listener of this.#listeners) listener(code, seconds);
  }

  error(type: string): void {
    const name = this.#errors.has(type) || this.#errors.size < MAX_TYPES ? type : OTHER;
    this.#errors.set(name, (this.#errors.get(name) ?? 0) + 1);
  }

  requests(): Iterable<RequestTotal> {
    return this.#requests.values();
  }

  durations(): Iterable<[status: string, total: DurationTotal]> {
    return this.#durations;
  }

  errors(): Iterable<[type: string, count: number]> {
    return this.#errors;
  }

  onRequest(listener: RequestListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #codeOf(status: number): string {
    const code = Number.isInteger(status) && status >= 100 && status < 600 ? String(status) : OTHER;
    return this.#durations.has(code) || this.#durations.size < MAX_STATUS_CODES ? code : OTHER;
  }

  #requestTotal(route: string, status: string): RequestTotal {
    const known = this.#requests.get(`${status}${route}`);
    if (known !== undefined) return known;
    const name = this.#requests.size < MAX_TOTALS ? route : OTHER;
    const key = `${status}${name}`;
    const total = this.#requests.get(key) ?? { route: name, status, count: 0 };
    this.#requests.set(key, total);
    return total;
  }

  #durationTotal(status: string): DurationTotal {
    let total = this.#durations.get(status);
    if (total === undefined) {
      total = { buckets: new Array<number>(DURATION_BOUNDS_S.length + 1).fill(0), sumS: 0, count: 0 };
      this.#durations.set(status, total);
    }
    return total;
  }
}
