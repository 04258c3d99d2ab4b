/** Fewer different characters than this make a secret that can be guessed. */
const DIFFERENT = 10;

/** What is left beside the usual words must be as long as this. */
const OWN = 8;

/** Words of the usual defaults, longest first: a secret made of nothing else is on everybody's list. */
const WORDS = [
  'placeholder development production insecure password changeme default example replace session',
  'testing change please secret string random cookie local value admin super token your this here',
  'test with some long very that pass must prod auth dev app key not the for use at be in is me my',
  'to do',
].flatMap((line) => line.split(' '));

/** What remains of a secret without the usual words and without punctuation. */
function own(secret: string): { readonly left: string; readonly hadWords: boolean } {
  let left = secret.toLowerCase();
  const before = left;
  for (const word of WORDS) left = left.replaceAll(word, ' ');
  return { left: left.replace(/[^\p{L}\p{N}]+/gu, ''), hadWords: left !== before };
}

/** Tells whether a secret is shorter than asked, made of the usual default words, or of fewer than 10 characters. */
export function isWeakSecret(secret: string, minBytes: number): boolean {
  if (Buffer.byteLength(secret) < minBytes || new Set(secret).size < DIFFERENT) return true;
  const { left, hadWords } = own(secret);
  return hadWords && left.length < OWN;
}
