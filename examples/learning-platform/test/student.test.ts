import { holdSqliteLock } from '@resilient/testing';
import Sqlite from 'better-sqlite3';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { questions } from '../src/student/questions.ts';
import { answer, logIn, startBrowser } from './browser.ts';
import { type Site, startSite } from './site.ts';

let browser: Browser;
let site: Site;

beforeAll(async () => {
  [browser, site] = await Promise.all([startBrowser(), startSite()]);
});

afterAll(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

const student = (login = 'mia'): Promise<Page> =>
  logIn(browser, site, login, site.passwords.student as string);
const xpOf = async (page: Page): Promise<number> =>
  Number.parseInt((await page.locator('#xp').textContent()) ?? '', 10);

/** Does something to the stored session of whoever looks at a page. */
async function damage(page: Page, change: (data: string) => string): Promise<void> {
  const { createHash } = await import('node:crypto');
  const cookie = (await page.context().cookies()).find(({ name }) => name === 'session');
  const sessionId = decodeURIComponent(cookie?.value ?? '').split('.')[0] ?? '';
  const id = createHash('sha256').update(sessionId).digest('hex');
  const file = new Sqlite(site.databaseFile, { timeout: 5_000 });
  const row = file.prepare('select data from session where id = ?').get(id) as { data: string } | undefined;
  if (!row) throw new Error('the session is not in the table');
  file.prepare('update session set data = ? where id = ?').run(change(row.data), id);
  file.close();
}

describe('a student', () => {
  it('logs in, answers a question and sees the XP', async () => {
    const page = await student();
    const before = await xpOf(page);
    await page.getByRole('link', { name: 'Answer a question' }).click();
    await answer(page, 'right', questions);
    expect(await page.getByRole('status').textContent()).toBe('Right! +10 XP');
    expect(await page.locator('main').textContent()).toContain(`Progress saved: ${before + 10} XP`);
    expect(await xpOf(page)).toBe(before + 10);
    await page.goto('/');
    expect(await page.locator('dd').first().textContent()).toBe(`${before + 10} XP`);
  });

  it('is told kindly that a password does not match, and keeps the name in the form', async () => {
    const context = await browser.newContext({ locale: 'en-GB', baseURL: site.url });
    const page = await context.newPage();
    await page.goto('/login');
    await page.getByLabel('Name').fill('mia');
    await page.getByLabel('Password').fill('guess');
    await page.getByRole('button', { name: 'Log in' }).click();
    expect(await page.getByRole('status').textContent()).toBe('That did not match. Please try again.');
    expect(await page.getByLabel('Name').inputValue()).toBe('mia');
  });

  it('has an answer saved although another process holds the lock for 3 s, while others keep reading', async () => {
    const page = await student();
    const other = await student('noah');
    const before = await xpOf(page);
    await page.goto('/quiz');
    await using lock = await holdSqliteLock(site.databaseFile);
    const released = page.waitForTimeout(3_000);
    const saving = answer(page, 'right', questions);
    await page.waitForTimeout(300); // the answer is on its way, and waits for the lock
    const read = await other.goto('/quiz');
    expect(read?.status()).toBe(200);
    await released;
    await lock.release();
    await saving;
    expect(await page.getByRole('status').textContent()).toBe('Right! +10 XP');
    expect(await xpOf(page)).toBe(before + 10);
  });

  it('has a form that was sent twice counted once', async () => {
    const page = await student('noah');
    await page.goto('/quiz');
    const form: [string, string][] = [];
    for (const field of await page.locator('form[action="/quiz"] input[type=hidden]').all()) {
      form.push([(await field.getAttribute('name')) ?? '', await field.inputValue()]);
    }
    const question = questions.find(({ id }) =>
      form.some(([name, value]) => name === 'question' && value === id),
    );
    const body = new URLSearchParams([...form, ['choice', String(question?.right)]]).toString();
    const before = await xpOf(page);
    const post = () =>
      page.request.post('/quiz', {
        data: body,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    const answers = await Promise.all([post(), post(), post()]);
    expect(answers.map((one) => one.status())).toEqual([200, 200, 200]);
    await page.goto('/');
    expect(await page.locator('dd').first().textContent()).toBe(`${before + 10} XP`);
  });

  it('stays logged in with a session whose values are damaged, and sees the defaults', async () => {
    const page = await student();
    await page.getByRole('button', { name: 'Science' }).click();
    expect(await page.locator('#cart').textContent()).toBe('Science');
    await damage(page, (data) => {
      const session = JSON.parse(data) as object;
      return JSON.stringify({ ...session, xp: 'lots', cart: { 0: 'x' }, theme: 7, cookie: 'gone' });
    });
    const response = await page.goto('/');
    expect(response?.status()).toBe(200);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Welcome back');
    expect(await page.locator('#cart').textContent()).toBe('');
    expect(await page.locator('#xp').textContent()).toBe('0 XP');
  });

  it('sees the log-in page when half of the session is gone, and the process lives', async () => {
    const page = await student();
    await damage(page, (data) => data.slice(0, Math.floor(data.length / 2)));
    const response = await page.goto('/');
    expect(response?.status()).toBe(200);
    expect(new URL(page.url()).pathname).toBe('/login');
    expect(site.process.exitCode).toBeNull();
    expect(site.output()).not.toContain('userId');
    await (await student()).goto('/quiz');
  });

  it('plays five sums against the clock', async () => {
    const page = await student('noah');
    await page.goto('/arcade');
    for (const field of await page.locator('label:has(input[name=answer])').all()) {
      const [a = 0, b = 0] = ((await field.textContent()) ?? '').split('×').map(Number);
      await field.locator('input').fill(String(a * b));
    }
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await page.getByRole('status').textContent()).toBe('5 of 5 right: +10 XP');
  });

  it('gets an answer from the tutor, but not to what is not for children', async () => {
    const page = await student();
    await page.goto('/tutor');
    await page.getByLabel('Your question').fill('What is a fraction?');
    await page.getByRole('button', { name: 'Ask' }).click();
    expect(await page.locator('#answer').textContent()).toContain('part of a whole');
    await page.getByLabel('Your question').fill('What is your phone number?');
    await page.getByRole('button', { name: 'Ask' }).click();
    expect(await page.locator('#answer').textContent()).toBe(
      'The tutor answers questions about school only.',
    );
  });
});
