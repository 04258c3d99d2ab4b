import { type Classifier, classifyError, classifyResilient, firstOf, peek } from '@resilient/core';
import { classifyAws } from './classify-aws.ts';
import { classifyGrpc } from './classify-grpc.ts';
import { classifyAxiosTimeout, classifySdk } from './classify-sdk.ts';
import { classifySmtp } from './classify-smtp.ts';
import { factsOf } from './error-facts.ts';
import { verdictOfStatus } from './status-verdict.ts';

const classifyStatus: Classifier = (error, now) => {
  const facts = factsOf(error);
  return facts && verdictOfStatus(facts, now);
};

/** stripe keeps what broke the connection as `detail`. */
const classifyDetail: Classifier = (error, now) => {
  const detail = peek(error, 'detail');
  return typeof detail === 'object' && detail !== null ? classifyError(detail, now) : undefined;
};

/**
 * The classifier that a call asks when yours has no answer: @resilient's own errors, the answer behind the error of an
 * SDK by its status and headers, gRPC's and SMTP's answers, what core knows, and SDKs' errors of connections and streams; `undefined` for any other, which a
 * call does not repeat.
 *
 * @example
 * ```ts
 * import { classifyHttp } from '@resilient/http';
 *
 * const verdict = classifyHttp(Object.assign(new Error('down'), { status: 503, headers: { 'retry-after': '2' } }), 0);
 * console.log(verdict?.outcome, verdict?.retryAfterMs); // rejected 2000
 * ```
 */
export const classifyHttp: Classifier = firstOf(
  classifyResilient,
  classifyAws,
  classifyStatus,
  classifyGrpc,
  classifySmtp,
  classifyAxiosTimeout,
  classifyError,
  classifyDetail,
  classifySdk,
);
