// An edge's identity is its Ed25519 key (DESIGN.md, decision 5). The private key never leaves this file's closure.
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { edgeChallengeBytes } from '@perigee/protocol';

export type EdgeKey = {
  /** Raw Ed25519 public key, 32 bytes (RFC 8032). */
  readonly publicKey: Uint8Array;
  /** Signature over edgeChallengeBytes(nonce, publicKey), 64 bytes. */
  signChallenge(nonce: Uint8Array): Uint8Array;
};

function fromPrivateKey(privateKey: KeyObject): EdgeKey {
  // The last 32 bytes of an Ed25519 SubjectPublicKeyInfo are the raw key (RFC 8410 section 4).
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const publicKey = new Uint8Array(spki.subarray(spki.length - 32));
  return {
    publicKey,
    signChallenge: (nonce) =>
      new Uint8Array(sign(null, edgeChallengeBytes(nonce, publicKey), privateKey)),
  };
}

/** A key that lives only in this process (tests, throw-away edges). */
export function createEdgeKey(): EdgeKey {
  return fromPrivateKey(generateKeyPairSync('ed25519').privateKey);
}

/**
 * Reads the edge's key, or makes it at the first start.
 * @param path PKCS#8 PEM file; created with mode 0600
 * @throws {Error} when the file exists but holds no Ed25519 key
 */
export function loadOrCreateEdgeKey(path: string): EdgeKey {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const { privateKey } = generateKeyPairSync('ed25519');
    pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, pem, { mode: 0o600, flag: 'wx' });
  }
  const privateKey = createPrivateKey(pem);
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new Error(`${path} does not hold an Ed25519 key`);
  }
  return fromPrivateKey(privateKey);
}
