/** As `increment.ts`, on better-sqlite3 alone with its own timeout of 20 s, the writers of the process one after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import Library from 'better-sqlite3';
import { idleDelay, watchLoop } from '../event-loop-delay.ts';

const [, , file, writers, units] = process.argv;
const handle = new Library(file as string, { timeout: 20_000 });
handle.pragma('synchronous = normal');
const read = handle.prepare('select value from counter where id = 1').pluck();
const write = handle.prepare('update counter set value = ? where id = 1');
const idle = await idleDelay(200);

let last: Promise<void> = Promise.resolve();
const unit = (): Promise<void> => {
  const mine = last.then(async () => {
    handle.exec('begin immediate');
    const value = read.get() as number;
    await sleep(1);
    write.run(value + 1);
    handle.exec('commit');
  });
  last = mine;
  return mine;
};

process.send?.('ready');
await new Promise((resolve) => process.once('message', resolve));
const watch = watchLoop();
const waits: number[] = [];
await Promise.all(
  Array.from({ length: Number(writers) }, async () => {
    for (let n = 0; n < Number(units); n += 1) {
      const startedAt = performance.now();
      await unit();
      waits.push(performance.now() - startedAt);
    }
  }),
);
const busy = watch.stop();
handle.close();
process.send?.({ committed: waits.length, errors: [], idle, busy, waits });
process.disconnect();
