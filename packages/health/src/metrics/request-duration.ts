import { DURATION_BOUNDS_S, OTHER } from '../defaults.ts';
import type { Attributes, HistogramFamily } from './family.ts';

/** A status as the conventions want it: a number, or what stands for all the others. */
export const statusCode = (status: string): string | number => (status === OTHER ? OTHER : Number(status));

/**
 * The attributes of the requests that were answered with `status`, the three digits or `_OTHER`. `error.type` is the
 * status of what counts as failed on a server, as the conventions for HTTP say: 5xx.
 */
export function durationAttributes(status: string): Attributes {
  return {
    'http.response.status_code': statusCode(status),
    ...(status.startsWith('5') ? { 'error.type': status } : {}),
  };
}

/** OpenTelemetry's histogram of a server's requests, with the buckets that its conventions advise. */
export const REQUEST_DURATION: HistogramFamily = {
  name: 'http.server.request.duration',
  unit: 's',
  help: 'Time to the first byte of answers',
  type: 'histogram',
  bounds: DURATION_BOUNDS_S,
  read: ({ totals }) =>
    [...totals.durations()].map(([status, total]) => ({ total, attributes: durationAttributes(status) })),
};
