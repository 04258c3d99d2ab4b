import { expect, test } from 'vitest';
import { type Conclusion, conclude, type Seen } from './conclude.ts';
import type { Question } from './question.ts';
import type { ServerIdentity } from './server.ts';

const home: ServerIdentity = { fingerprint: '1/2', system: '7', timeline: 2, standby: false, pid: 9 };
const question: Question = {
  xid: '750',
  pid: 1,
  fingerprint: home.fingerprint,
  witness: undefined,
  begunAt: 0,
  server: home,
};
const crashed = { ...home, fingerprint: '1/3' };

const cases: [string, Partial<Seen>, Conclusion][] = [
  ['committed, same life', { status: 'committed' }, 'committed'],
  ['aborted, same life', { status: 'aborted' }, 'rolled-back'],
  ['in the future, same life', { status: 'future' }, 'rolled-back'],
  ['in progress, same life', { status: 'in progress' }, 'terminate'],
  ['too old', { status: 'gone' }, 'unknown'],
  ['committed after a crash: perhaps by a stranger', { server: crashed, status: 'committed' }, 'unknown'],
  ['aborted after a crash', { server: crashed, status: 'aborted' }, 'rolled-back'],
  ['in the future after a crash', { server: crashed, status: 'future' }, 'rolled-back'],
  ['in progress after a crash: a stranger is not ended', { server: crashed, status: 'in progress' }, 'wait'],
  ['aborted, on a promoted copy', { server: { ...crashed, timeline: 3 }, status: 'aborted' }, 'rolled-back'],
  [
    'aborted, on what was left behind',
    { server: { ...crashed, timeline: 1 }, status: 'aborted' },
    'elsewhere',
  ],
  ['aborted, on another cluster', { server: { ...crashed, system: '8' }, status: 'aborted' }, 'elsewhere'],
  [
    'in the future, on another cluster',
    { server: { ...crashed, system: '8' }, status: 'future' },
    'elsewhere',
  ],
  [
    'aborted, where no name may be read',
    { server: { ...crashed, system: undefined }, status: 'aborted' },
    'elsewhere',
  ],
  ['a standby', { server: { ...home, standby: true }, status: undefined }, 'elsewhere'],
  ['ended by us, committed alone', { status: 'committed', terminated: true, replicated: true }, 'unknown'],
  ['ended by us, committed', { status: 'committed', terminated: true }, 'committed'],
];

test.each(cases)('%s', (_, seen, conclusion) => {
  const all = { server: home, status: undefined, replicated: false, terminated: false, ...seen };
  expect(conclude(question, all)).toBe(conclusion);
});

test('where the unit has no name of its server, only its own life is believed', () => {
  const seen = { server: crashed, status: 'aborted', replicated: false, terminated: false } as const;
  expect(conclude({ ...question, server: undefined }, seen)).toBe('elsewhere');
  expect(conclude({ ...question, server: undefined }, { ...seen, server: home })).toBe('rolled-back');
});

test('a unit without a number leaves it to its witness', () => {
  const nameless = { ...question, xid: undefined, fingerprint: undefined, server: undefined };
  const server = { fingerprint: '', system: undefined, timeline: undefined, standby: false, pid: undefined };
  expect(conclude(nameless, { server, status: undefined, replicated: false, terminated: false })).toBe(
    'unknown',
  );
});
