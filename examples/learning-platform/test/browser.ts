import chromium from '@sparticuz/chromium';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import type { Site } from './site.ts';

/** A real Chromium from npm, with the security that people's browsers have. */
export async function startBrowser(): Promise<Browser> {
  return playwright.launch({ executablePath: await chromium.executablePath(), args: ['--no-sandbox'] });
}

/** A page of somebody who has just logged in, in a browser session of their own. */
export async function logIn(browser: Browser, site: Site, login: string, password: string): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', baseURL: site.url });
  const page = await context.newPage();
  await page.goto('/login');
  await page.getByLabel('Name').fill(login);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL((url) => url.pathname === '/');
  return page;
}

/** Chooses the right answer of the question shown, or a wrong one. */
export async function answer(
  page: Page,
  choice: 'right' | 'wrong',
  questions: readonly { text: string; choices: readonly string[]; right: number }[],
): Promise<void> {
  const text = await page.getByRole('heading', { level: 1 }).textContent();
  const question = questions.find((one) => one.text === text);
  if (!question) throw new Error(`an unknown question: ${text}`);
  const index = choice === 'right' ? question.right : (question.right + 1) % 3;
  await page.locator(`input[name=choice][value="${index}"]`).check();
  await page.getByRole('button', { name: 'Answer' }).click();
}
