/** The one door to kysely. */
export { type Kysely, sql, type Transaction } from 'kysely';
