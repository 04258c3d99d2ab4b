import { type Classifier, type Clock, peek, runLimited, type Verdict, WorkScope } from '@resilient/core';
import { type BodyFacts, factsInBody, needsBody } from './body-facts.ts';
import { FailedValue } from './failed-value.ts';
import { isResponse, type ResponseLike } from './response.ts';
import { verdictOfStatus } from './status-verdict.ts';

/** By what values are judged. */
export interface ValueJudge {
  readonly clock: Clock;
  readonly classifyResult: ((value: unknown) => Verdict | undefined) | undefined;
  readonly classify: Classifier;
}

const NOTHING: BodyFacts = { types: [] };

/** A caller's judgement; one that throws, or is no verdict, counts as none. */
function judgedByCaller(value: unknown, judge: ValueJudge): FailedValue | undefined {
  try {
    const verdict = judge.classifyResult?.(value);
    if (verdict === undefined || typeof peek(verdict, 'transient') !== 'boolean') return undefined;
    return new FailedValue(value, verdict, isResponse(value) ? value.status : undefined);
  } catch {
    return undefined;
  }
}

function failed(response: ResponseLike, body: BodyFacts, { clock }: ValueJudge): FailedValue {
  const { status, headers } = response;
  return new FailedValue(response, verdictOfStatus({ ...body, status, headers }, clock.epochNow()), status);
}

/** Reads the body within what is left of the attempt; without it, the status alone decides. */
async function failedByBody(response: ResponseLike, judge: ValueJudge, until: number): Promise<FailedValue> {
  const { clock } = judge;
  const ms = until - clock.now();
  const body =
    ms > 0
      ? await runLimited(new WorkScope(until), () => factsInBody(response), {
          clock,
          ms,
          onTimeout: () => 'late',
        }).catch(() => NOTHING)
      : NOTHING;
  return failed(response, body, judge);
}

/**
 * Judges a value that an attempt has produced: by the caller's `classifyResult`, then, if it has the shape of a
 * `Response`, by its status. `until` is the instant at which the attempt's time is up.
 */
export function judgeValue(
  value: unknown,
  judge: ValueJudge,
  until: number,
): FailedValue | Promise<FailedValue> | undefined {
  if (judge.classifyResult) {
    const told = judgedByCaller(value, judge);
    if (told) return told;
  }
  if (!isResponse(value) || value.status < 400) return undefined;
  if (needsBody(value, value.status)) return failedByBody(value, judge, until);
  return failed(value, NOTHING, judge);
}
