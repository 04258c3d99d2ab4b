/**
 * Takes the rejection of a promise that somebody answers where none is asked for, such as an `async` logger: unhandled,
 * it would end the process.
 */
export function ignoreRejection(answer: unknown, tell: (error: unknown) => void = () => {}): void {
  if (answer instanceof Promise) answer.catch(tell);
}
