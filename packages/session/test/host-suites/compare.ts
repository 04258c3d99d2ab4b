import { afterAll, describe, expect, test } from 'vitest';
import { SCRIPTS } from './scripts.ts';
import { type Site, type Transcript, transcriptOf } from './transcript.ts';

/** Where what heals answers otherwise than the host alone, on purpose: `options | script`, why, and what is seen then. */
export type Differences = Readonly<Record<string, { readonly why: string; readonly shows: RegExp }>>;

const play = async (site: Site, script: string): Promise<Transcript> => {
  try {
    return await transcriptOf(site, SCRIPTS[script] ?? []);
  } finally {
    await site.close();
  }
};

/** Plays each script twice for each of the options, with and without what heals: nobody must see a difference. */
export function compareWithHost<Options>(
  host: string,
  options: Readonly<Record<string, Options>>,
  start: (isHealed: boolean, options: Options) => Promise<Site>,
  differences: Differences = {},
): void {
  let same = 0;
  const writes = { plain: 0, healed: 0 };
  describe.each(Object.entries(options))(`${host}, %s`, (name, chosen) => {
    test.each(Object.keys(SCRIPTS))('%s', async (script) => {
      const plain = await play(await start(false, chosen), script);
      const healed = await play(await start(true, chosen), script);
      const difference = differences[`${name} | ${script}`];
      if (difference !== undefined) {
        expect(healed.told, difference.why).not.toEqual(plain.told);
        expect(healed.told.join('\n')).toMatch(difference.shows);
        return;
      }
      expect(healed.told).toEqual(plain.told);
      writes.plain += plain.writes;
      writes.healed += healed.writes;
      same += 1;
    });
  });
  afterAll(() => {
    const all = Object.keys(options).length * Object.keys(SCRIPTS).length;
    const known = Object.keys(differences).length;
    process.stdout.write(
      `${host}: ${same} of ${all} alike with what heals in between, ${known} different on purpose; ` +
        `${writes.plain} writes without it, ${writes.healed} with it\n`,
    );
    expect(writes.healed).toBeLessThanOrEqual(writes.plain * 1.05);
  });
}
