/** A process that serves sessions while expired ones are removed: `node busy.ts PLACE NAME TIMES`. */
import { createSessionStore } from '@resilient/session/kysely';
import { get, openPlace, type Place, save } from '../table-fixture.ts';

const [, , placeText = '', name = 'a', times = '0'] = process.argv;
const db = openPlace(JSON.parse(placeText) as Place);
const store = createSessionStore(db, { pruneEveryMs: 300 });
let slowest = 0;
await get(store, 'none');
process.send?.('ready');
process.once('message', async () => {
  for (let count = 0; count < Number(times); count += 1) {
    const start = performance.now();
    await save(store, `${name}${count % 20}`, { userId: name, count });
    const session = await get<{ count: number }>(store, `${name}${count % 20}`);
    if (session?.count !== count) throw new Error(`wrote ${count}, found ${session?.count}`);
    slowest = Math.max(slowest, performance.now() - start);
  }
  await store.prune(); // also ends the one that may be under way
  await db.destroy();
  process.send?.({ slowest }, () => process.disconnect());
});
