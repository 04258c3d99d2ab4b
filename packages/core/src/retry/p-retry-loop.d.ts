/**
 * Goes on after an attempt that has failed: `again` waits and answers whether to, `attempt` is then made, and both keep
 * what they learn to themselves. Rejects, with nothing to say, when no attempt follows. p-retry keeps the loop: its first
 * run stands for the attempt that has been made, so that its count of retries is right; it has no delay and no signal of
 * its own, since it would throw away a value that came together with an abort.
 */
export declare function loopAfterFailure<T>(maxRetries: number, attempt: (number: number) => Promise<T>, again: () => Promise<boolean>): Promise<T>;
/** What p-retry's own AbortError, thrown by a user's function, holds; `undefined` for any other error. */
export declare function abortedWith(error: unknown): Error | undefined;
