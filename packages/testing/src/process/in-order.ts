/** Runs asynchronous steps one after the other, in the order in which they were asked for; a failed one stops none. */
export const inOrder = (): (<T>(step: () => Promise<T>) => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const run = last.then(step, step);
    last = run.catch(() => {});
    return run;
  };
};
