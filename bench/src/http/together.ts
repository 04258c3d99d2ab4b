import { type BenchResult, compare } from '../interleave.ts';
import { cockatielPolicy, documentedChain, floor, ourClient, tunedChain } from './contenders/chains.ts';

/** The happy path with 64 calls under way at a time: as a server makes them. */
export async function run(): Promise<BenchResult[]> {
  const client = ourClient();
  const [documented, tuned, cockatiel] = [documentedChain(), tunedChain(), cockatielPolicy()];
  const goals = new Map([
    [documented, 0.06],
    [cockatiel, 0.15],
  ]);
  const results = await compare({
    name: 'http happy path, 64 at a time',
    ours: client.ours,
    peers: [documented, tuned, cockatiel, floor],
    goal: (_own, peer) => goals.get(peer),
    calls: 2_048,
    atOnce: 64,
    warmRounds: 10,
  });
  await client.close();
  return results;
}
