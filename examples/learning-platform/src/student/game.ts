import { z } from 'zod';

/** Sums in one game. */
export const ROUNDS = 5;

const Round = z.object({ a: z.int().min(1).max(12), b: z.int().min(1).max(12) });

/** A game as it travels in its form. */
export const Game = z.object({ id: z.uuid(), startedAt: z.int(), rounds: z.array(Round).length(ROUNDS) });

/** One game: its sums, and when it was begun. */
export type ArcadeGame = z.infer<typeof Game>;
