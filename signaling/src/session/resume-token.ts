import { createHash, randomBytes } from 'node:crypto';

/** A new resume token: 128 bits of chance in base64url, 22 characters. */
export function createResumeToken(): string {
  return randomBytes(16).toString('base64url');
}

/** What is kept of a token: who reads our memory or a dump of it cannot take a session over. */
export function hashResumeToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
