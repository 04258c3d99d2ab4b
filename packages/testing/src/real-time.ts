// The real timers of this package, taken before anybody's fake timers can replace the globals: they drive network
// and process faults, and the turns of the event loop between two virtual timers.
const { setTimeout: startTimer, clearTimeout: stopTimer, setImmediate: startImmediate } = globalThis;

/** Resolves after a full turn of the event loop: every promise chain that needs no I/O has run to its end by then. */
export const realTurn = (): Promise<void> =>
  new Promise((resolve) => {
    startImmediate(resolve);
  });

/** Resolves after `ms` real milliseconds; rejects with the signal's reason as soon as it is aborted. */
export const realSleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const timer = startTimer(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    function onAbort(): void {
      stopTimer(timer);
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', onAbort, { once: true });
  });

/** Calls `callback` after `ms` real milliseconds, without keeping the process alive; returns what stops it. */
export const realTimer = (callback: () => void, ms: number): (() => void) => {
  const timer = startTimer(callback, ms);
  timer.unref();
  return () => stopTimer(timer);
};

/** Monotonic real milliseconds. */
export const realNow = (): number => performance.now();
