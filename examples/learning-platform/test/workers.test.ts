import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { expect, inject, it } from 'vitest';
import { Client } from './client.ts';
import { freshDatabase } from './postgres.ts';
import { type Site, startSite } from './site.ts';

const ANSWERS = 12;
const COUNT = 'select cast(count(*) as integer) as answers from answer group by member_id';

/** Two members answer at the same time; each request on a connection of its own, handed to the workers in turn. */
async function answerAll(site: Site): Promise<void> {
  const answerOne = async (client: Client): Promise<void> => {
    const page = await client.get('/quiz');
    const field = (name: string): string =>
      new RegExp(`name="${name}" value="([^"]+)"`).exec(page.text)?.[1] ?? '';
    const form = { attempt: field('attempt'), question: field('question'), choice: '0' };
    expect((await client.post('/quiz', form)).status).toBe(200);
  };
  const member = async (login: string): Promise<void> => {
    const client = new Client(site.url, { connection: 'close' });
    await client.logIn(login, site.passwords.student as string);
    for (let count = 0; count < ANSWERS; count += 1) await answerOne(client);
  };
  await Promise.all(['mia', 'noah'].map(member));
}

const WARNING = /several workers on one SQLite file/g;

it('two workers on one SQLite file: one warning, and every answer is there once', async () => {
  await using site = await startSite({ WORKERS: '2', RESILIENT_CHAOS: '0' });
  await answerAll(site);
  using file = new DatabaseSync(site.databaseFile, { readOnly: true });
  expect(
    file
      .prepare(COUNT)
      .all()
      .map((row) => row.answers),
  ).toEqual([ANSWERS, ANSWERS]);
  await expect.poll(() => site.output().match(WARNING)).toHaveLength(1);
});

it('two workers that start on an empty PostgreSQL: tables, log-ins and answers are there once', async () => {
  const url = await freshDatabase(inject('postgresUrl'), 'workers');
  await using site = await startSite({ WORKERS: '2', RESILIENT_CHAOS: '0', DATABASE_URL: url });
  await answerAll(site);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ answers: number }>(COUNT);
  const members = await client.query('select login from member order by login');
  const classes = await client.query('select name from class');
  await client.end();
  expect(rows.map((row) => row.answers)).toEqual([ANSWERS, ANSWERS]);
  expect(members.rows.map((row) => row.login)).toEqual(['admin', 'lee', 'mia', 'noah']);
  expect(classes.rowCount).toBe(1);
  expect(site.output()).not.toMatch(WARNING);
});
