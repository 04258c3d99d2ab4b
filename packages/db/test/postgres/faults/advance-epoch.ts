import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestPostgres } from '@resilient/testing';

/**
 * What `pg_resetwal -e 1` is for, where that program is not at hand: the numbers of transactions go on beyond 2^32. The
 * number is in the control file and in the last checkpoint of the log; both have a checksum.
 *
 * @see https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/catalog/pg_control.h
 */
export async function advanceEpoch(server: TestPostgres): Promise<void> {
  await server.kill();
  const controlFile = join(server.dataDir, 'global', 'pg_control');
  const control = await readFile(controlFile);
  setEpoch(control, COPY);
  const end = crcAt(control);
  control.writeUInt32LE(crc32c(control.subarray(0, end)), end);

  const at = control.readBigUInt64LE(LAST_CHECKPOINT);
  const timeline = control.readUInt32LE(COPY + 8);
  const segment = at / SEGMENT;
  const name = [timeline, Number(segment >> 8n), Number(segment & 0xffn)].map(hex).join('');
  const logFile = join(server.dataDir, 'pg_wal', name);
  const log = await readFile(logFile);
  const start = Number(at % SEGMENT);
  const length = log.readUInt32LE(start);
  if ((start % PAGE) + length > PAGE) throw new Error('the checkpoint goes over the end of its page');
  const record = log.subarray(start, start + length);
  setEpoch(record, RECORD_HEADER + SHORT_DATA_HEADER);
  const checked = Buffer.concat([record.subarray(RECORD_HEADER), record.subarray(0, RECORD_CRC)]);
  record.writeUInt32LE(crc32c(checked), RECORD_CRC);

  await writeFile(logFile, log);
  await writeFile(controlFile, control);
  await server.start();
}

const SEGMENT = 16n * 1024n * 1024n;
const PAGE = 8_192;
/** In ControlFileData: the place of the last checkpoint in the log, and a copy of it. */
const LAST_CHECKPOINT = 32;
const COPY = 40;
/** In a record of the log. */
const RECORD_HEADER = 24;
const RECORD_CRC = 20;
const SHORT_DATA_HEADER = 2;
/** In CheckPoint: the next number, of which the upper half is the epoch. */
const NEXT_XID = 24;

function setEpoch(bytes: Buffer, checkpoint: number): void {
  if (bytes.readUInt32LE(checkpoint + NEXT_XID + 4) !== 0)
    throw new Error('the epoch is not where it should be');
  bytes.writeUInt32LE(1, checkpoint + NEXT_XID + 4);
}

/** The checksum is the last field; where that is depends on the version. */
function crcAt(original: Buffer): number {
  const bytes = Buffer.from(original);
  bytes.writeUInt32LE(0, COPY + NEXT_XID + 4);
  for (let end = COPY; end < 512; end += 4)
    if (bytes.readUInt32LE(end) === crc32c(bytes.subarray(0, end))) return end;
  throw new Error('the control file has no checksum');
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f6_3b78 : value >>> 1;
  return value;
});

/** CRC-32C, as PostgreSQL uses it. */
function crc32c(bytes: Uint8Array): number {
  let value = 0xffff_ffff;
  for (const byte of bytes) value = (value >>> 8) ^ (TABLE[(value ^ byte) & 0xff] ?? 0);
  return (value ^ 0xffff_ffff) >>> 0;
}
