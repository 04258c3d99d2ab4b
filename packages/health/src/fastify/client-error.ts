import { readProperty, readText } from '../errors/read-error.ts';

/** A mistake of the client's, as the framework found it. */
export interface ClientError {
  readonly status: number;
  /** What is wrong with the data, where fastify's own validation says so. */
  readonly extra: object;
}

const isClientStatus = (status: unknown): status is number =>
  typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 500;

/** What fastify's validation says about the data, at most 20 entries. */
function validationDetails(validation: unknown[]): object {
  const errors = validation.slice(0, 20).map((entry) => ({
    path: readText(entry, 'instancePath', 200) ?? '',
    message: readText(entry, 'message', 200) ?? 'is not valid',
  }));
  return { errors };
}

/**
 * Reads an error that is the client's: fastify's own and its plugins' (`FST_…`), validation, http-errors with
 * `expose`, and what `clientStatus` says of the rest. Nothing else is believed: the error of an SDK carries the
 * status of its upstream.
 */
export function clientErrorOf(
  error: unknown,
  clientStatus?: (error: unknown) => number | undefined,
): ClientError | undefined {
  const status = readProperty(error, 'statusCode');
  if (isClientStatus(status)) {
    const validation = readProperty(error, 'validation');
    if (Array.isArray(validation) && typeof readProperty(error, 'validationContext') === 'string') {
      return { status, extra: validationDetails(validation) };
    }
    const isFastifys = readText(error, 'code', 64)?.startsWith('FST_') === true;
    const isExposed = readProperty(error, 'expose') === true && readProperty(error, 'status') === status;
    if (isFastifys || isExposed) return { status, extra: {} };
  }
  const own = ownStatus(error, clientStatus);
  return isClientStatus(own) ? { status: own, extra: {} } : undefined;
}

function ownStatus(
  error: unknown,
  clientStatus: ((error: unknown) => number | undefined) | undefined,
): unknown {
  try {
    return clientStatus?.(error);
  } catch {
    return undefined;
  }
}
