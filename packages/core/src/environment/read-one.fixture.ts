import { EnvironmentError } from './environment-error.ts';
import { readEnvironment } from './read-environment.ts';
import type { Variable } from './variable.ts';

/** A secret that nothing is wrong with. */
export const strong = 'q7Kf0xZt-2mWv9Lr_8bYc4Ns6Jd1Hg3Pa5';

/** What one variable reads, or what is wrong with it. */
export function readOne<T>(variable: Variable<T>, value?: string): T | string | undefined {
  try {
    return readEnvironment({ NAME: variable }, { env: value === undefined ? {} : { NAME: value } }).NAME;
  } catch (error) {
    return error instanceof EnvironmentError ? error.problems[0]?.problem : String(error);
  }
}
