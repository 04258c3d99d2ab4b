import { randomUUID } from 'node:crypto';
import type { Ask } from '../settle/ask.ts';
import type { Settled } from '../settle/question.ts';

/** A flag as text: engines without booleans take it as well. */
const YES = '1';

/** The forms in which drivers give out what was written as {@link YES}. */
const TRUE: ReadonlySet<string> = new Set(['1', 't', 'true']);

/** Leaves the witness row of a unit in SQL that any engine understands; answers its number. Rejects as the statement does. */
export async function writePlainWitness(ask: Ask): Promise<string> {
  const id = randomUUID();
  await ask(`insert into resilient_witness (id) values ('${id}')`, []);
  return id;
}

/**
 * Settles by writing the unit's own row, as `askWitness` does, where nothing is known of the engine: one statement, and if
 * it is refused, the row that must be the reason is looked at. `undefined` if there is none.
 */
export async function askPlainWitness(ask: Ask, id: string): Promise<Settled | undefined> {
  try {
    await ask(`insert into resilient_witness (id, refused) values ('${id}', '${YES}')`, []);
    return 'rolled-back';
  } catch {
    const [row] = await ask(`select refused from resilient_witness where id = '${id}'`, []);
    if (!row) return undefined;
    return TRUE.has(String(row.refused)) ? 'rolled-back' : 'committed';
  }
}
