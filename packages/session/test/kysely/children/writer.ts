/**
 * One of two processes that write the same session: `node writer.ts PLACE NAME TIMES MODE`. Each time it reads the
 * session, waits a moment as a request does, raises its own counter and the shared one, and saves. `blind` saves a copy
 * of which the store does not know what was read: what every store without compare-and-set does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isResilientError } from '@resilient/core';
import { createSessionStore } from '@resilient/session/kysely';
import { createRandom } from '@resilient/testing';
import { get, openPlace, type Place, save } from '../table-fixture.ts';

const [, , placeText = '', name = 'a', times = '0', mode = 'refuse'] = process.argv;
const db = openPlace(JSON.parse(placeText) as Place);
const silent = { debug() {}, info() {}, warn() {}, error() {}, fatal() {}, child: () => silent };
const store = createSessionStore(db, {
  onConflict: mode === 'refuse' ? 'refuse' : 'report',
  logger: silent,
});
const random = createRandom(name.charCodeAt(0));
let conflicts = 0;

async function raise(): Promise<void> {
  for (;;) {
    const read = await get<{ total: number } & Record<string, number>>(store, 'shared');
    if (read === null) throw new Error('the session is gone');
    const session = mode === 'blind' ? { ...read } : read;
    if (random() < 0.5) await sleep(Math.floor(random() * 3));
    session.total += 1;
    session[name] = (session[name] ?? 0) + 1;
    try {
      await save(store, 'shared', session);
      return;
    } catch (error) {
      if (!isResilientError(error, 'SESSION_CONFLICT')) throw error;
      conflicts += 1;
    }
  }
}

await get(store, 'shared');
process.send?.('ready');
process.once('message', async () => {
  for (let count = 0; count < Number(times); count += 1) await raise();
  await db.destroy();
  process.send?.({ conflicts }, () => process.disconnect());
});
