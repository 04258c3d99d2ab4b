import { holdSqliteLock } from '@resilient/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from './client.ts';
import { type Site, startSite } from './site.ts';

let site: Site;
const clients: Record<'student' | 'teacher' | 'admin', Client> = {} as never;

beforeAll(async () => {
  site = await startSite();
  for (const [role, login] of [
    ['student', 'mia'],
    ['teacher', 'lee'],
    ['admin', 'admin'],
  ] as const) {
    clients[role] = new Client(site.url);
    await clients[role].logIn(login, site.passwords[role] as string);
  }
});

afterAll(() => site?.[Symbol.asyncDispose]());

const SCRIPT = `"></textarea><script>alert(1)</script><img src=x onerror='alert(1)'>`;
const RAW = /<script|<img/;

describe('forms', () => {
  it.each([
    ['/login', 'student'],
    ['/logout', 'student'],
    ['/quiz', 'student'],
    ['/arcade', 'student'],
    ['/cart', 'student'],
    ['/theme', 'student'],
    ['/tutor', 'student'],
    ['/teacher/classes', 'teacher'],
    ['/teacher/students', 'teacher'],
    ['/teacher/assignments', 'teacher'],
    ['/admin/chaos', 'admin'],
  ] as const)(
    '%s without a token, or with an old one, changes nothing and says what to do',
    async (path, role) => {
      for (const _csrf of ['', 'old']) {
        const answer = await clients[role].post(path, { _csrf, name: 'forged', what: 'handler' });
        expect(answer.status).toBe(403);
        expect(answer.text).toContain('Please send it again');
      }
      expect((await clients[role].get('/')).text).toContain('Welcome back');
    },
  );

  it('shows what was typed as text, wherever it comes back', async () => {
    const { teacher, student } = clients;
    const page = await teacher.get('/teacher');
    const class_id = /name="class_id" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    await teacher.post('/teacher/classes', { name: SCRIPT.slice(0, 60) });
    await teacher.post('/teacher/assignments', { class_id, title: SCRIPT, due_on: '2027-01-01' });
    const answers = [
      await teacher.get('/teacher'),
      await teacher.post('/teacher/students', { class_id, login: SCRIPT }),
      await teacher.post('/teacher/classes', { name: SCRIPT.repeat(2) }),
      await teacher.post('/teacher/assignments', { class_id, title: SCRIPT, due_on: SCRIPT }),
      await student.get('/'),
      await student.post('/tutor', { question: SCRIPT }),
      await new Client(site.url).get(`/${encodeURIComponent(SCRIPT)}`),
    ];
    const anyone = new Client(site.url);
    await anyone.get('/login');
    answers.push(await anyone.post('/login', { login: SCRIPT.slice(0, 90), password: 'x' }));
    for (const { text } of answers) expect(text).not.toMatch(RAW);
    expect(answers[4]?.text, 'it is there').toContain('onerror');
    expect(answers[3]?.text, 'what was typed is kept').toContain('onerror');
  });

  it('takes no control characters into the database, which PostgreSQL would refuse', async () => {
    expect((await clients.teacher.post('/teacher/classes', { name: 'a\u0000b' })).status).toBe(400);
    const anyone = new Client(site.url);
    await anyone.get('/login');
    expect((await anyone.post('/login', { login: 'a\u0000b', password: 'x' })).status).toBe(401);
  });

  it('counts the first of two different answers sent from one form, and says so', async () => {
    const { student } = clients;
    const page = await student.get('/quiz');
    const field = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(page.text)?.[1] ?? '';
    const answer = (choice: string) =>
      student.post('/quiz', { attempt: field('attempt'), question: field('question'), choice });
    const first = (await Promise.all(['0'].map(answer)))[0]?.text ?? '';
    const isRight = first.includes('Right!');
    for (const choice of ['1', '2']) expect((await answer(choice)).text.includes('Right!')).toBe(isRight);
    expect((await answer('')).location).toBe('/quiz');
  });

  it('takes only a game that was signed, and for the member who plays it', async () => {
    const { student } = clients;
    const page = await student.get('/arcade');
    const game = (/name="game" value="([^"]+)"/.exec(page.text)?.[1] ?? '').replace(
      /&#(?:x22|34);|&quot;/g,
      '"',
    );
    const send = (client: Client, text: string) =>
      client.post('/arcade', [['game', text], ...Array(5).fill(['answer', '1'])] as [string, string][]);
    const session = decodeURIComponent(student.cookies.get('session') ?? '');
    for (const forged of [session, game.replace('"a":', '"a":1'), 'x', '']) {
      expect(await send(student, forged)).toMatchObject({ status: 303, location: '/arcade' });
    }
    expect(await send(clients.teacher, game)).toMatchObject({ status: 303, location: '/arcade' });
    expect((await send(student, game)).status).toBe(200);
  });
});

describe('who may see what', () => {
  it("answers a teacher's routes to nobody else, and for no class of another's", async () => {
    const foreign = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
    const fields = { class_id: foreign, login: 'mia', title: 'x', due_on: '2027-01-01', name: 'x' };
    for (const path of ['/teacher/students', '/teacher/assignments']) {
      expect((await clients.teacher.post(path, fields)).status, path).toBe(404);
    }
    for (const path of ['/teacher/classes', '/teacher/students', '/teacher/assignments', '/admin/chaos']) {
      expect((await clients.student.post(path, fields)).status, path).toBe(404);
    }
  });

  it('gives a log-in a new session, and leaves nothing behind after a log-out', async () => {
    const one = new Client(site.url);
    await one.logIn('noah', site.passwords.student as string);
    const stolen = new Client(site.url);
    for (const [name, value] of one.cookies) stolen.cookies.set(name, value);
    expect((await stolen.get('/')).status).toBe(200);
    await one.post('/logout', {});
    expect((await stolen.get('/')).location).toBe('/login');
  });

  it('says the same to a wrong name as to a wrong password, and after ten of them to wait', async () => {
    const guesser = new Client(site.url);
    await guesser.get('/login');
    const known = await guesser.post('/login', { login: 'noah', password: 'x' });
    const unknown = await guesser.post('/login', { login: 'nobody', password: 'x' });
    const text = (answer: { text: string }) => /role="status">([^<]+)/.exec(answer.text)?.[1];
    expect([known.status, text(known)]).toEqual([unknown.status, text(unknown)]);
    const more = [];
    for (let i = 0; i < 10; i += 1)
      more.push(await guesser.post('/login', { login: 'noah', password: `${i}` }));
    expect(more.at(-1)).toMatchObject({ status: 429 });
    expect(more.at(-1)?.text).toContain('Please wait a minute');
    expect(Number(more.at(-1)?.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    await guesser.get('/login');
    const other = await guesser.post('/login', { login: 'mia', password: site.passwords.student as string });
    expect(other.location, 'others at the same address log in').toBe('/');
  });
});

describe('whatever is asked', () => {
  it('is answered with a page that says what is wrong, and nothing of the site', async () => {
    const anyone = new Client(site.url);
    await anyone.get('/login');
    const answers = [
      [404, await anyone.get('/nothing')],
      [404, await anyone.get('//evil.example/')],
      [400, await anyone.get('/%')],
      [404, await anyone.get('/quiz', 'DELETE')],
      [413, await anyone.post('/login', { login: 'x'.repeat(70_000) })],
      [415, await anyone.raw('/login', 'x', 'application/xml')],
    ] as const;
    for (const [status, answer] of answers) {
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        status,
        'text/html; charset=utf-8',
      ]);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.text).not.toMatch(/FST_ERR|Error:|node_modules/);
    }
  });

  it('has the headers that browsers need, and HEAD answers like GET', async () => {
    const { headers, status } = await new Client(site.url).get('/login', 'HEAD');
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

it('shows every page to 4 visitors who are logged in while another process holds the lock for 3 s', async () => {
  const { student, teacher, admin } = clients;
  await using lock = await holdSqliteLock(site.databaseFile);
  const threeSeconds = new Promise((resolve) => setTimeout(resolve, 3_000));
  const writing = student.post('/theme', { theme: 'dark' });
  const answers = await Promise.all([
    ...['/', '/quiz', '/arcade', '/tutor'].map((path) => student.get(path)),
    ...['/', '/teacher'].map((path) => teacher.get(path)),
    ...['/', '/admin/health'].map((path) => admin.get(path)),
    new Client(site.url).get('/login'),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(Array(9).fill(200));
  await threeSeconds;
  await lock.release();
  expect((await writing).status).toBe(303);
  expect((await student.get('/')).text).toContain('data-theme="dark"');
});
