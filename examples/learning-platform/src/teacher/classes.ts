import type { SchoolDatabase } from '../database/schema.ts';

/** A class with its students' progress and what is set for them. */
export interface ClassView {
  readonly id: string;
  readonly name: string;
  readonly students: readonly { name: string; xp: number | null; streak: number | null }[];
  readonly assignments: readonly { title: string; due_on: string }[];
}

/** The classes of a teacher. */
export async function classesOf(db: SchoolDatabase, teacherId: string): Promise<ClassView[]> {
  const classes = await db.kysely
    .selectFrom('class')
    .select(['id', 'name'])
    .where('teacher_id', '=', teacherId)
    .orderBy('name')
    .execute();
  if (classes.length === 0) return [];
  const ids = classes.map(({ id }) => id);
  const students = await db.kysely
    .selectFrom('class_member')
    .innerJoin('member', 'member.id', 'class_member.member_id')
    .leftJoin('progress', 'progress.member_id', 'member.id')
    .select(['class_id', 'name', 'xp', 'streak'])
    .where('class_id', 'in', ids)
    .orderBy('name')
    .execute();
  const assignments = await db.kysely
    .selectFrom('assignment')
    .select(['class_id', 'title', 'due_on'])
    .where('class_id', 'in', ids)
    .orderBy('due_on')
    .execute();
  return classes.map((one) => ({
    ...one,
    students: students.filter((student) => student.class_id === one.id),
    assignments: assignments.filter((assignment) => assignment.class_id === one.id),
  }));
}
