import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { fileSystemOf, fitnessOf } from './network-file-system.ts';

test.each([
  [0x6969, { network: 'NFS' }],
  [0x517b, { network: 'SMB' }],
  [0xff534d42, { network: 'CIFS' }],
  [0xff534d42 | 0, { network: 'CIFS' }],
  [0xfe534d42, { network: 'SMB2' }],
  [0x01021997, { network: '9p' }],
  [0x65735546, 'doubtful'],
  [0xef53, 'fit'],
  [0x01021994, 'fit'],
])('the type %d is judged %j', (type, fitness) => {
  expect(fitnessOf(type)).toEqual(fitness);
});

test('the folder for temporary files of this machine can be asked', async () => {
  expect(['fit', 'doubtful']).toContain(await fileSystemOf(tmpdir()));
});
