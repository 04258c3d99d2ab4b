import { causesOf, peek } from '@resilient/core';
import { headerOf } from './headers.ts';
import { retryInfoOf } from './retry-info.ts';
import type { AnswerFacts } from './status-verdict.ts';

/** What an SDK's error tells of the answer behind it. */
export interface ErrorFacts extends AnswerFacts {
  readonly requestId: string | undefined;
}

const REQUEST_ID_HEADERS = ['x-request-id', 'request-id', 'x-amzn-requestid', 'x-github-request-id'];

/** A request's number at the other side, by which its makers find it. */
export function requestIdOf(headers: unknown): string | undefined {
  for (const name of REQUEST_ID_HEADERS) {
    const id = headerOf(headers, name);
    if (id) return id;
  }
  return undefined;
}

function isFailure(status: unknown): status is number {
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599;
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 256;
}

/** `code` and `type` of the error, of the body that it carries, and of the `error` in that. */
function typesOf(...holders: readonly unknown[]): string[] {
  return holders.flatMap((holder) => [peek(holder, 'code'), peek(holder, 'type')].filter(isShort));
}

/** octokit calls a broken connection a 500, without an answer, and keeps what broke it as its cause. */
function isUnanswered(error: object, response: unknown): boolean {
  return peek(error, 'name') === 'HttpError' && response === undefined && peek(error, 'cause') !== undefined;
}

function answerOf(error: object): ErrorFacts | undefined {
  const response = peek(error, 'response') ?? peek(error, '$response'); // axios, got, ky, octokit; AWS
  if (isUnanswered(error, response)) return undefined;
  const metadata = peek(error, '$metadata');
  const status = [
    peek(error, 'status'), // openai, anthropic, octokit, http-errors
    peek(error, 'statusCode'), // stripe, undici, AWS of old
    peek(metadata, 'httpStatusCode'),
    peek(response, 'status'),
    peek(response, 'statusCode'),
  ].find(isFailure);
  if (status === undefined) return undefined;
  const headers = peek(error, 'headers') ?? peek(response, 'headers');
  const body = peek(error, 'error') ?? peek(response, 'data') ?? peek(error, 'raw');
  const ids = [
    peek(error, 'requestID'),
    peek(error, 'request_id'),
    peek(error, 'requestId'),
    peek(metadata, 'requestId'),
  ];
  return {
    status,
    headers,
    types: typesOf(error, body, peek(body, 'error')),
    hintMs: retryInfoOf(body, peek(body, 'error')),
    requestId: ids.find(isShort) ?? requestIdOf(headers),
  };
}

/**
 * The answer behind an error of openai, anthropic, stripe, octokit, axios, got, undici, AWS and of whoever uses their
 * shapes; the nearest along its causes. `undefined` if there was no answer with a status of 400 to 599.
 */
export function factsOf(error: unknown): ErrorFacts | undefined {
  for (const one of causesOf(error)) {
    const facts = answerOf(one);
    if (facts) return facts;
  }
  return undefined;
}
