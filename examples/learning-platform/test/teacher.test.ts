import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { questions } from '../src/student/questions.ts';
import { answer, logIn, startBrowser } from './browser.ts';
import { Client } from './client.ts';
import { freshDatabase } from './postgres.ts';
import { type Site, startSite } from './site.ts';

let browser: Browser;
let site: Site;

beforeAll(async () => {
  const database = await freshDatabase(inject('postgresUrl'), 'platform');
  [browser, site] = await Promise.all([startBrowser(), startSite({ DATABASE_URL: database })]);
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

describe('a teacher, on PostgreSQL', () => {
  it('creates a class, adds a student, sets an assignment and sees progress', async () => {
    const teacher = await logIn(browser, site, 'lee', site.passwords.teacher as string);
    await teacher.goto('/teacher');
    await teacher.getByLabel('Name', { exact: true }).fill('Astronomy');
    await teacher.getByRole('button', { name: 'Create' }).click();
    const card = teacher.locator('section', { has: teacher.getByRole('heading', { name: 'Astronomy' }) });
    await card.getByLabel('Add a student by log-in name').fill('noah');
    await card.getByRole('button', { name: 'Add' }).click();
    await card.getByLabel('Assignment').fill('Name the planets');
    await card.getByLabel('Until').fill('2027-03-01');
    await card.getByRole('button', { name: 'Set' }).click();

    const student = await logIn(browser, site, 'noah', site.passwords.student as string);
    expect(await student.locator('main').textContent()).toContain('Name the planets');
    await student.goto('/quiz');
    await answer(student, 'right', questions);
    expect(await student.getByRole('status').textContent()).toBe('Right! +10 XP');

    await teacher.goto('/teacher');
    expect(await card.locator('td').allTextContents()).toEqual(['Noah', '10', '1']);
  });

  it('has the XP of two first answers at once added up', async () => {
    const student = new Client(site.url);
    await student.logIn('mia', site.passwords.student as string);
    const page = await student.get('/quiz');
    const question = /name="question" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const choice = String(questions.find(({ id }) => id === question)?.right);
    const saved = await Promise.all(
      Array.from({ length: 4 }, () => student.post('/quiz', { attempt: randomUUID(), question, choice })),
    );
    for (const { text } of saved) expect(text).toContain('Right! +10 XP');
    expect((await student.get('/')).text).toContain('<dd>40 XP</dd>');
  });

  it('shows its pages to nobody else', async () => {
    const student = await logIn(browser, site, 'mia', site.passwords.student as string);
    expect((await student.goto('/teacher'))?.status()).toBe(404);
  });
});
