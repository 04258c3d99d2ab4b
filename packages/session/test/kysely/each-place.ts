import type { Kysely } from 'kysely';
import { afterEach, beforeEach, inject } from 'vitest';
import { newPlace, openPlace, type Place, type Tables } from './table-fixture.ts';

/** Where the tests of one file work. */
export interface OpenPlace {
  readonly place: Place;
  readonly db: Kysely<Tables>;
}

/** Opens a place of its own before each test, and takes it away after it. */
export function eachPlace(kind: Place['kind']): OpenPlace {
  let where: AsyncDisposable & { readonly place: Place };
  let db: Kysely<Tables>;
  beforeEach(async () => {
    where = await newPlace(kind, inject('postgresUrl'));
    db = openPlace(where.place);
  });
  afterEach(async () => {
    await db.destroy();
    await where[Symbol.asyncDispose]();
  });
  return {
    get place() {
      return where.place;
    },
    get db() {
      return db;
    },
  };
}
