import { randomBytes, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { commit } from '@resilient/db';
import type { Kysely } from 'kysely';
import { hashPassword, isPassword } from '../auth/password.ts';
import type { Config } from '../config.ts';
import type { Role, School, SchoolDatabase } from './schema.ts';

/** A log-in that may be shown at start: the demo's alone. */
export interface ShownLogin {
  readonly login: string;
  readonly password: string;
  readonly role: Role;
}

const DEMO_PASSWORD = 'learn-and-play';
const DEMO_CLASS = 'a3f1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
const DEMO_MEMBERS = [
  { login: 'mia', name: 'Mia', role: 'student' },
  { login: 'noah', name: 'Noah', role: 'student' },
  { login: 'lee', name: 'Ms. Lee', role: 'teacher' },
] as const;

/** The admin's password of the demo: made at the first start, and kept beside the database. */
async function demoAdminPassword(file: string): Promise<string> {
  const made = `${randomBytes(9).toString('base64url')}\n`;
  // Several processes may start at once: the first one makes it.
  await writeFile(file, made, { mode: 0o600, flag: 'wx' }).catch(() => undefined);
  return (await readFile(file, 'utf8')).trim();
}

async function addMember(
  db: SchoolDatabase,
  member: { login: string; name: string; role: Role },
  password: string,
): Promise<string> {
  const idOf = (kysely: Kysely<School>): Promise<{ id: string } | undefined> =>
    kysely.selectFrom('member').select('id').where('login', '=', member.login).executeTakeFirst();
  const known = await idOf(db.kysely);
  if (known) return known.id;
  const id = randomUUID();
  const password_hash = await hashPassword(password);
  const added = await commit(db.kysely, async (trx) => {
    await trx
      .insertInto('member')
      .values({ id, ...member, password_hash })
      .onConflict((conflict) => conflict.column('login').doNothing())
      .execute();
    return (await idOf(trx))?.id; // another process may have been first
  });
  return added ?? id;
}

/** Adds the admin, and gives them the password that is configured now: a changed one takes effect at the next start. */
async function addAdmin(db: SchoolDatabase, password: string): Promise<void> {
  const id = await addMember(db, { login: 'admin', name: 'Admin', role: 'admin' }, password);
  const row = await db.kysely
    .selectFrom('member')
    .select('password_hash')
    .where('id', '=', id)
    .executeTakeFirst();
  if (await isPassword(password, row?.password_hash)) return;
  const password_hash = await hashPassword(password);
  await commit(db.kysely, (trx) =>
    trx.updateTable('member').set({ password_hash }).where('id', '=', id).execute(),
  );
}

async function addDemoClass(
  db: SchoolDatabase,
  teacherId: string,
  studentIds: readonly string[],
): Promise<void> {
  const known = await db.kysely.selectFrom('class').select('id').executeTakeFirst();
  if (known) return;
  await commit(db.kysely, async (trx) => {
    const classId = DEMO_CLASS;
    const added = await trx
      .insertInto('class')
      .values({ id: classId, teacher_id: teacherId, name: 'Year 4' })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    if (added.numInsertedOrUpdatedRows !== 1n) return; // another process was first
    for (const memberId of studentIds) {
      await trx.insertInto('class_member').values({ class_id: classId, member_id: memberId }).execute();
    }
    await trx
      .insertInto('assignment')
      .values({ id: randomUUID(), class_id: classId, title: 'Answer five questions', due_on: '2027-06-30' })
      .execute();
  });
}

/**
 * Fills an empty school. In production it makes the admin alone; the demo gets a class, and the log-ins that it answers
 * are printed at start.
 */
export async function seed(
  db: SchoolDatabase,
  config: Config,
  adminPasswordFile: string,
): Promise<ShownLogin[]> {
  if (config.adminPassword !== undefined) await addAdmin(db, config.adminPassword);
  if (config.production) return [];
  const shown: ShownLogin[] = [];
  const ids: Record<string, string> = {};
  for (const member of DEMO_MEMBERS) {
    ids[member.login] = await addMember(db, member, DEMO_PASSWORD);
    shown.push({ login: member.login, password: DEMO_PASSWORD, role: member.role });
  }
  await addDemoClass(db, ids.lee as string, [ids.mia as string, ids.noah as string]);
  if (config.adminPassword === undefined) {
    const password = await demoAdminPassword(adminPasswordFile);
    await addAdmin(db, password);
    shown.push({ login: 'admin', password, role: 'admin' });
  }
  return shown;
}
