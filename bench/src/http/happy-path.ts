import { type BenchResult, compare } from '../interleave.ts';
import { cockatielPolicy, documentedChain, floor, ourClient, tunedChain } from './contenders/chains.ts';

/** The happy path of a call: ours with everything on, against what one would put together without it. */
export async function run(): Promise<BenchResult[]> {
  const client = ourClient();
  const [documented, tuned, cockatiel] = [documentedChain(), tunedChain(), cockatielPolicy()];
  const goals = new Map([
    [documented, 0.12],
    [tuned, 0.8],
    [cockatiel, 0.2],
    [floor, 3],
  ]);
  const results = await compare({
    name: 'http happy path',
    ours: client.ours,
    peers: [documented, tuned, cockatiel, floor],
    warmRounds: 10,
    goal: (_own, peer) => goals.get(peer),
  });
  await client.close();
  return results;
}
