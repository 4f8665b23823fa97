import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { edgeChallengeBytes } from '@perigee/protocol';
import { createEdgeKey, loadOrCreateEdgeKey, type EdgeKey } from './edge-key.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perigee-key-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const NONCE = new Uint8Array(32).fill(7);
/** Everything of an Ed25519 SubjectPublicKeyInfo before the key (RFC 8410 section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

function isProof(key: EdgeKey, nonce: Uint8Array, signature: Uint8Array): boolean {
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, key.publicKey]),
    format: 'der',
    type: 'spki',
  });
  return verify(null, edgeChallengeBytes(nonce, key.publicKey), publicKey, signature);
}

it('proves itself by a signature over the challenge and nothing else', () => {
  const key = createEdgeKey();
  expect(key.publicKey).toHaveLength(32);
  const signature = key.signChallenge(NONCE);
  expect(signature).toHaveLength(64);
  expect(isProof(key, NONCE, signature)).toBe(true);
  expect(isProof(key, new Uint8Array(32), signature)).toBe(false);
  expect(isProof(createEdgeKey(), NONCE, signature)).toBe(false);
});

it('is made at the first start, in a file for its owner alone, and is the same from then on', () => {
  const path = join(folder, 'edge', 'key.pem');
  const first = loadOrCreateEdgeKey(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'edge')).mode & 0o777).toBe(0o700);
  const second = loadOrCreateEdgeKey(path);
  expect(second.publicKey).toEqual(first.publicKey);
  expect(isProof(first, NONCE, second.signChallenge(NONCE))).toBe(true);
});

it('leaves a file alone that holds another kind of key, or none', () => {
  const path = join(folder, 'key.pem');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  expect(() => loadOrCreateEdgeKey(path)).toThrow(/does not hold an Ed25519 key/);
  writeFileSync(path, 'no key');
  expect(() => loadOrCreateEdgeKey(path)).toThrow();
  expect(readFileSync(path, 'utf8')).toBe('no key');
});
