/** The one door to kysely. */
export { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
