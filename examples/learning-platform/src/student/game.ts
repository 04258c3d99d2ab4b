import { z } from 'zod';

/** Sums in one game. */
export const ROUNDS = 5;

const Round = z.object({ a: z.int().min(1).max(12), b: z.int().min(1).max(12) });

/** A game as it travels in its form. */
const Game = z.object({
  id: z.uuid(),
  member: z.uuid(),
  startedAt: z.int(),
  rounds: z.array(Round).length(ROUNDS),
});

/** One game: its sums, whose it is, and when it was begun. */
export type ArcadeGame = z.infer<typeof Game>;

/** Reads the game of a form whose signature fits; `undefined` for another signed text of the site, such as a cookie. */
export function readGame(text: string): ArcadeGame | undefined {
  try {
    return Game.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
