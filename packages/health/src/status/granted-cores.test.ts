import { describe, expect, test } from 'vitest';
import { grantedCores } from './granted-cores.ts';

const files =
  (contents: Record<string, string>) =>
  (path: string): string | undefined =>
    contents[path];

describe('grantedCores', () => {
  test.each<[string, Record<string, string>, number]>([
    ['without control groups', {}, 8],
    ['without a quota', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, 8],
    ['of a container', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '150000 100000\n' }, 1.5],
    [
      'less than one core',
      { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '25000 100000\n' },
      0.25,
    ],
    ['more than the machine has', { '/sys/fs/cgroup/cpu.max': '1600000 100000\n' }, 8],
    [
      'of a parent that is tighter',
      {
        '/proc/self/cgroup': '0::/system.slice/app.service\n',
        '/sys/fs/cgroup/system.slice/app.service/cpu.max': '400000 100000\n',
        '/sys/fs/cgroup/system.slice/cpu.max': '200000 100000\n',
      },
      2,
    ],
    [
      'of version 1',
      {
        '/proc/self/cgroup': '4:memory:/docker/1\n3:cpu,cpuacct:/docker/1\n',
        '/sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us': '300000\n',
        '/sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us': '100000\n',
      },
      3,
    ],
    [
      'of version 1 without one',
      {
        '/proc/self/cgroup': '3:cpu,cpuacct:/\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      8,
    ],
    ['that is nonsense', { '/sys/fs/cgroup/cpu.max': 'garbage\n' }, 8],
  ])('knows a quota %s', (_name, contents, cores) => {
    expect(grantedCores(files(contents), 8)).toBe(cores);
  });

  test('of this machine are more than none', () => {
    expect(grantedCores()).toBeGreaterThan(0);
  });
});
