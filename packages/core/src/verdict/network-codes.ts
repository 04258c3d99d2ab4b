import type { Verdict } from './verdict.ts';

const NOT_SENT: Verdict = { transient: true, kind: 'network', outcome: 'not-sent' };
const BROKEN: Verdict = { transient: true, kind: 'network', outcome: 'unknown' };
const TIMED_OUT: Verdict = { transient: true, kind: 'timeout', outcome: 'unknown' };
const MISUSED: Verdict = { transient: false, kind: 'bug', outcome: 'unknown' };
const UNTRUSTED: Verdict = { transient: false, kind: 'network', outcome: 'not-sent' };

const table = (verdict: Verdict, ...codes: readonly string[]): [string, Verdict][] =>
  codes.map((code) => [code, Object.freeze({ ...verdict, code })]);

/**
 * What a code of Node or undici says about a request. `not-sent` is claimed only for what happens before there is a
 * connection: a connection closed before the request was read and one closed after it look the same.
 *
 * @see https://nodejs.org/api/errors.html#common-system-errors
 * @see https://nodejs.org/api/errors.html#nodejs-error-codes
 * @see https://undici.nodejs.org/#/docs/api/Errors
 */
export const networkCodes: ReadonlyMap<unknown, Verdict> = new Map([
  ...table(NOT_SENT, 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'),
  ...table({ ...TIMED_OUT, outcome: 'not-sent' }, 'UND_ERR_CONNECT_TIMEOUT'),
  ...table(BROKEN, 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOTCONN', 'ESHUTDOWN', 'EPROTO'),
  ...table(BROKEN, 'ENETDOWN', 'ENETRESET', 'EHOSTDOWN', 'ENONET', 'EAI_FAIL'),
  ...table(BROKEN, 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_SOCKET_CLOSED', 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION'),
  ...table(BROKEN, 'ERR_HTTP2_STREAM_ERROR', 'ERR_HTTP2_SESSION_ERROR', 'ERR_HTTP2_GOAWAY_SESSION'),
  ...table(BROKEN, 'ERR_HTTP2_INVALID_SESSION', 'ERR_HTTP2_STREAM_CANCEL'),
  ...table(
    BROKEN,
    'UND_ERR_SOCKET',
    'UND_ERR_INFO',
    'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
    'UND_ERR_DESTROYED',
  ),
  ...table(TIMED_OUT, 'ETIMEDOUT', 'ESOCKETTIMEDOUT', 'ERR_SOCKET_CONNECTION_TIMEOUT'),
  ...table(TIMED_OUT, 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'),
  ...table({ ...BROKEN, transient: false, kind: 'aborted' }, 'UND_ERR_ABORTED', 'UND_ERR_CLOSED'),
  ...table(
    { ...BROKEN, transient: false, kind: 'invalid' },
    'UND_ERR_HEADERS_OVERFLOW',
    'UND_ERR_RES_EXCEEDED_MAX_SIZE',
  ),
  ...table(MISUSED, 'UND_ERR_INVALID_ARG', 'UND_ERR_INVALID_RETURN_VALUE', 'UND_ERR_NOT_SUPPORTED'),
  ...table(MISUSED, 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'),
  ...table(UNTRUSTED, 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_TLS_CERT_ALTNAME_FORMAT'),
  // https://nodejs.org/api/tls.html#x509-certificate-error-codes, without OUT_OF_MEM
  ...table(UNTRUSTED, 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_CRL', 'UNABLE_TO_DECRYPT_CERT_SIGNATURE'),
  ...table(UNTRUSTED, 'UNABLE_TO_DECRYPT_CRL_SIGNATURE', 'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY'),
  ...table(
    UNTRUSTED,
    'CERT_SIGNATURE_FAILURE',
    'CRL_SIGNATURE_FAILURE',
    'CERT_NOT_YET_VALID',
    'CERT_HAS_EXPIRED',
  ),
  ...table(UNTRUSTED, 'CRL_NOT_YET_VALID', 'CRL_HAS_EXPIRED', 'ERROR_IN_CERT_NOT_BEFORE_FIELD'),
  ...table(UNTRUSTED, 'ERROR_IN_CERT_NOT_AFTER_FIELD', 'ERROR_IN_CRL_LAST_UPDATE_FIELD'),
  ...table(
    UNTRUSTED,
    'ERROR_IN_CRL_NEXT_UPDATE_FIELD',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
  ),
  ...table(
    UNTRUSTED,
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_CHAIN_TOO_LONG',
  ),
  ...table(
    UNTRUSTED,
    'CERT_REVOKED',
    'INVALID_CA',
    'PATH_LENGTH_EXCEEDED',
    'INVALID_PURPOSE',
    'CERT_UNTRUSTED',
  ),
  ...table(UNTRUSTED, 'CERT_REJECTED', 'HOSTNAME_MISMATCH'),
]);

/** Why connecting can fail in a way that lasts: rights, and addresses that do not fit. */
export const permanentConnectCodes: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EAFNOSUPPORT',
  'EINVAL',
  'EPROTOTYPE',
]);
