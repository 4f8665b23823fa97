import { createPublicKey, verify } from 'node:crypto';
import { edgeChallengeBytes } from '@perigee/protocol';

/** DER head of an Ed25519 SubjectPublicKeyInfo; the 32 bytes of the raw key follow (RFC 8410 section 4). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Whether the holder of `publicKey` signed this nonce (Ed25519, RFC 8032). Never throws.
 * @param proof raw key of 32 bytes, signature of 64 bytes
 */
export function isChallengeMet(
  nonce: Uint8Array,
  proof: { readonly publicKey: Uint8Array; readonly signature: Uint8Array },
): boolean {
  try {
    const key = createPublicKey({
      key: Buffer.concat([SPKI_HEAD, proof.publicKey]),
      format: 'der',
      type: 'spki',
    });
    return verify(null, edgeChallengeBytes(nonce, proof.publicKey), key, proof.signature);
  } catch {
    return false; // 32 bytes that are no point of the curve
  }
}
