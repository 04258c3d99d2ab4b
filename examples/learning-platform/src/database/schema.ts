import { commit, type Database } from '@resilient/db';
import { sql } from 'kysely';

/** Who somebody is on the site. */
export type Role = 'student' | 'teacher' | 'admin';

/** The tables, as Kysely sees them. Instants are ISO text, days `YYYY-MM-DD`: the same on both engines. */
export interface School {
  member: { id: string; login: string; name: string; role: Role; password_hash: string };
  progress: { member_id: string; xp: number; streak: number; last_day: string };
  /** One answer to one question; its id is made with the form, so that a form sent twice counts once. */
  answer: { id: string; member_id: string; question_id: string; correct: number; answered_at: string };
  score: { id: string; member_id: string; points: number; played_at: string };
  class: { id: string; teacher_id: string; name: string };
  class_member: { class_id: string; member_id: string };
  assignment: { id: string; class_id: string; title: string; due_on: string };
}

/** The school's database. */
export type SchoolDatabase = Database<School>;

const TABLES = [
  `create table if not exists member (
    id text primary key, login text not null unique, name text not null,
    role text not null, password_hash text not null)`,
  `create table if not exists progress (
    member_id text primary key references member (id), xp integer not null,
    streak integer not null, last_day text not null)`,
  `create table if not exists answer (
    id text primary key, member_id text not null references member (id),
    question_id text not null, correct integer not null, answered_at text not null)`,
  'create index if not exists answer_member on answer (member_id)',
  `create table if not exists score (
    id text primary key, member_id text not null references member (id),
    points integer not null, played_at text not null)`,
  'create index if not exists score_member on score (member_id)',
  `create table if not exists class (
    id text primary key, teacher_id text not null references member (id), name text not null)`,
  'create index if not exists class_teacher on class (teacher_id)',
  `create table if not exists class_member (
    class_id text not null references class (id), member_id text not null references member (id),
    primary key (class_id, member_id))`,
  'create index if not exists class_member_member on class_member (member_id)',
  `create table if not exists assignment (
    id text primary key, class_id text not null references class (id),
    title text not null, due_on text not null)`,
  'create index if not exists assignment_class on assignment (class_id)',
];

/**
 * Makes the tables that are not there yet. Of two processes that start at once PostgreSQL refuses the second, whatever
 * `if not exists` says: that one tries again, and finds them.
 */
export async function createTables(db: SchoolDatabase): Promise<void> {
  await commit(
    db.kysely,
    async (trx) => {
      for (const statement of TABLES) await sql.raw(statement).execute(trx);
    },
    { name: 'create-tables', retryOn: ['23505', '42P07'] },
  );
}
