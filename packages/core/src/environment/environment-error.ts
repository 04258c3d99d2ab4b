import { ResilientError } from '../errors/resilient-error.ts';

/** One variable that cannot be used. Its value is nowhere in it. */
export interface EnvironmentProblem {
  /** The variable. */
  readonly name: string;
  /** It is not there (or empty), can be guessed, or has another form. */
  readonly problem: 'missing' | 'weak' | 'malformed';
  /** What was expected, to follow "expected". */
  readonly expected: string;
  /** A shell command that mends it. */
  readonly mend: string;
}

/**
 * The environment does not hold what the program needs: `code` is `ENVIRONMENT`, and `problems` lists every variable
 * that is missing, weak or malformed, with the command that mends it. No value is shown.
 *
 * @example
 * ```ts
 * import { EnvironmentError, port, readEnvironment } from '@resilient/core';
 *
 * try {
 *   readEnvironment({ PORT: port() }, { env: { PORT: 'many' } });
 * } catch (error) {
 *   if (error instanceof EnvironmentError) console.log(error.problems[0]?.problem); // malformed
 * }
 * ```
 */
export class EnvironmentError extends ResilientError {
  readonly code = 'ENVIRONMENT' as const;
  readonly problems: readonly EnvironmentProblem[];

  constructor(problems: readonly EnvironmentProblem[]) {
    const lines = problems.map(
      ({ name, problem, expected, mend }) => `  ${name} is ${problem}: expected ${expected}\n    ${mend}`,
    );
    const count = problems.length === 1 ? '1 variable' : `${problems.length} variables`;
    super(`the environment cannot be used as it is: ${count}\n${lines.join('\n')}`);
    this.problems = Object.freeze(problems.map((problem) => Object.freeze({ ...problem })));
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), problems: this.problems };
  }
}
