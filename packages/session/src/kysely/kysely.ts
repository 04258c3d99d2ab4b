/** The one door to kysely. */
export { type Kysely, sql } from 'kysely';
