import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(scrypt) as (password: string, salt: Buffer, length: number) => Promise<Buffer>;
const KEY_BYTES = 32;

/** What a wrong log-in name is compared with, so that it takes as long as a wrong password. */
const NOBODY = `${Buffer.alloc(16).toString('hex')}:${Buffer.alloc(KEY_BYTES).toString('hex')}`;

/** Hashes a password with scrypt (RFC 7914) and a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, KEY_BYTES);
  return `${salt.toString('hex')}:${key.toString('hex')}`;
}

/** Tells whether a password is the one that was hashed; `undefined` stands for nobody, whom no password fits. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [salt = '', expected = ''] = (hash ?? NOBODY).split(':');
  const key = await derive(password, Buffer.from(salt, 'hex'), KEY_BYTES);
  const wanted = Buffer.from(expected, 'hex');
  return wanted.length === KEY_BYTES && timingSafeEqual(key, wanted) && hash !== undefined;
}
