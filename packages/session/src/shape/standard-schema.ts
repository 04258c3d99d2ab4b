/** The one door to the types of Standard Schema. */
export type { StandardSchemaV1 } from '@standard-schema/spec';
