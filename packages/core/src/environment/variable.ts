import type { Logger } from '../log/types.ts';
import type { EnvironmentProblem } from './environment-error.ts';

/** Where a variable is read. */
export interface VariableContext {
  readonly name: string;
  /** `NODE_ENV` is `production`. */
  readonly production: boolean;
  /** The folder that may hold `.resilient`. */
  readonly cwd: string;
  readonly logger: Logger;
}

/** What reading a variable gave: its value, or why there is none. */
export type Reading<T> = { readonly value: T } | Omit<EnvironmentProblem, 'name'>;

/** How one variable is read and checked: made by `secret`, `url`, `port`, `text`, `integer` and `oneOf`. */
export interface Variable<T> {
  /** The same, but `undefined` where the variable is missing or empty; a weak or malformed one stays a problem. */
  optional(): Variable<T | undefined>;
  /** Reads it: `raw` is `undefined` where the variable is missing or empty. Does not throw. */
  read(raw: string | undefined, context: VariableContext): Reading<T>;
}

/** What a {@link Variable} is made of. */
export interface VariableRules<T> {
  /** What is asked for, to follow "expected". */
  readonly expected: string;
  /** A value that fits, as a shell takes it, for the command that mends. */
  readonly sample: string;
  parse(raw: string): { readonly value: T } | 'weak' | 'malformed';
  /** What a missing variable is; `undefined` if that is a problem. */
  absent?(context: VariableContext): Reading<T> | undefined;
}

/** Makes a {@link Variable} from its rules. */
export function variable<T>(rules: VariableRules<T>): Variable<T> {
  const { expected, sample } = rules;
  const read = (raw: string | undefined, context: VariableContext): Reading<T> => {
    const mend = `export ${context.name}=${sample}`;
    if (raw === undefined) return rules.absent?.(context) ?? { problem: 'missing', expected, mend };
    const parsed = rules.parse(raw);
    return typeof parsed === 'string' ? { problem: parsed, expected, mend } : parsed;
  };
  return { read, optional: () => optional(read) };
}

function optional<T>(read: Variable<T>['read']): Variable<T | undefined> {
  const self: Variable<T | undefined> = {
    optional: () => self,
    read(raw, context) {
      const reading = read(raw, context);
      return raw === undefined && 'problem' in reading && reading.problem === 'missing'
        ? { value: undefined }
        : reading;
    },
  };
  return self;
}

/** Rules for a variable that may have a fallback, to be spread into {@link VariableRules}. */
export function fallbackRule<T>(fallback: T | undefined): { absent?: () => Reading<T> } {
  return fallback === undefined ? {} : { absent: () => ({ value: fallback }) };
}
