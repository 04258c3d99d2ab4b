/**
 * Calls to other services, made to end well: bounded in time, retried where that is safe, cut off while the other side
 * is down, and explained when they fail.
 *
 * @module
 */
export type { BreakerState } from './breaker/breaker.ts';
export type { BreakerOptions } from './breaker/options.ts';
export type { CloseOptions } from './client/caller.ts';
export { type ApiClient, type BreakerControl, createApiClient } from './client/create-api-client.ts';
export type {
  ApiCallOptions,
  ApiClientOptions,
  CallContext,
  CallOptions,
  CallSettingsOptions,
  ClientSettingsOptions,
  FallbackOption,
} from './client/options.ts';
export { resilientApiCall } from './client/resilient-api-call.ts';
export type { ApiClientStats, Quantiles } from './client/stats.ts';
export { ApiCallError, type ApiCallFacts } from './errors/api-call-error.ts';
export {
  createResilientFetch,
  type FetchRequest,
  type ResilientFetchOptions,
} from './fetch/create-resilient-fetch.ts';
export type { HedgeOptions } from './hedge/options.ts';
export { forget } from './memory/registry.ts';
export type { MemoryOptions } from './memory/settings.ts';
export type { ConcurrencyOptions } from './slots/options.ts';
export { classifyHttp } from './verdict/classify-http.ts';
