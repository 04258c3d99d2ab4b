import type { UnitFailure } from './unit-failure.ts';

/** A nested unit met what the outer one cannot go on after; the outer one fails, or is run again, by the same failure. */
export class NestedUnitError extends Error {
  constructor(failure: UnitFailure) {
    super(`a nested unit of work met a failure that ends the outer one as well: ${failure.words}`, {
      cause: failure.cause,
    });
    this.name = 'NestedUnitError';
  }
}
