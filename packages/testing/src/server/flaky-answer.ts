import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FlakyStep } from './flaky-step.ts';

const GARBAGE = '\u0000\u0016\u0003 this is no HTTP \r\n\r\n';

/** Ends the connection: in order, or with RST. */
export const cutSocket = (socket: Socket, reset = false): void => {
  if (reset) socket.resetAndDestroy();
  else socket.destroy();
};

const isOn = (field: unknown): boolean => field !== undefined && field !== false;

/** Whether the step ends the connection by itself before the answer is whole. */
export const cutsConnection = ({ garbage, truncate, close, reset }: FlakyStep): boolean =>
  [garbage, truncate, close, reset].some(isOn);

const bodyOf = ({ body, json }: FlakyStep): Buffer =>
  json === undefined ? Buffer.from(body ?? '') : Buffer.from(JSON.stringify(json));

const answerNothing = (socket: Socket, { garbage, reset }: FlakyStep): void => {
  if (isOn(garbage)) socket.end(typeof garbage === 'string' ? garbage : GARBAGE);
  else cutSocket(socket, reset);
};

/** Answers a request that was read as `step` says. */
export const answer = (response: ServerResponse, step: FlakyStep): void => {
  const { socket } = response;
  if (socket === null || step.hang === true) return;
  if (cutsConnection(step) && !isOn(step.truncate)) {
    answerNothing(socket, step);
    return;
  }
  const body = bodyOf(step);
  if (step.json !== undefined) response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', body.length);
  for (const [name, value] of Object.entries(step.headers ?? {})) response.setHeader(name, value);
  response.writeHead(step.status ?? 200);
  if (!isOn(step.truncate) && step.hang !== 'body') {
    response.end(body);
    return;
  }
  response.flushHeaders();
  const sent = typeof step.truncate === 'number' ? step.truncate : Math.floor(body.length / 2);
  response.write(body.subarray(0, sent), () => {
    if (isOn(step.truncate)) cutSocket(socket, step.reset);
  });
};
