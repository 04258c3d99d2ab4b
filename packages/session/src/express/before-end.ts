import type { SessionResponse } from './exchange.ts';

type Args = never[];

/** What is done before a response leaves. */
export interface Departure {
  /** Before the headers are written, by whoever writes them, and once more before the end. */
  ready(): void;
  /**
   * Before the response ends, while its headers can still be changed: `go` ends it, `stay` gives it back to whoever
   * makes another page of it.
   */
  settle(go: () => void, stay: () => void): void;
}

/** Stands before `res.writeHead` and `res.end`, which the session host has replaced by its own already. */
export function beforeEnd(response: SessionResponse, { ready, settle }: Departure): void {
  const { writeHead, end } = response;
  let isEnding = false;
  const giveBack = (): void => {
    isEnding = false;
    response.writeHead = writeHead;
    response.end = end;
  };
  response.writeHead = (...args: Args): unknown => {
    if (!isEnding) ready();
    return writeHead.apply(response, args);
  };
  response.end = (...args: Args): unknown => {
    if (isEnding) return response;
    ready();
    isEnding = true;
    if (response.headersSent) {
      giveBack();
      return end.apply(response, args);
    }
    let result: unknown = response;
    settle(() => {
      giveBack();
      result = end.apply(response, args);
    }, giveBack);
    return result;
  };
}
