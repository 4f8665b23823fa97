import { encodeUtf8 } from './wire/text-codec.ts';

const NONCE_BYTES = 32;
const PUBLIC_KEY_BYTES = 32;
// Domain separation: a signature made for this purpose can stand for nothing else, and nothing else signed by the key for this.
const CONTEXT = encodeUtf8('perigee edge challenge v1\0');

/**
 * What an edge signs (Ed25519) to prove its key: the context "perigee edge challenge v1" with a NUL (26 bytes), the 32 bytes of
 * signaling's nonce, the 32 bytes of the edge's raw public key. The caller owns the result.
 * @throws {RangeError} when a length is wrong: both are checked where they come in, so it is a fault of ours.
 */
export function edgeChallengeBytes(
  nonce: Uint8Array,
  publicKey: Uint8Array,
): Uint8Array<ArrayBuffer> {
  if (nonce.byteLength !== NONCE_BYTES || publicKey.byteLength !== PUBLIC_KEY_BYTES) {
    throw new RangeError('an edge challenge takes a nonce of 32 bytes and a key of 32 bytes');
  }
  const bytes = new Uint8Array(CONTEXT.byteLength + NONCE_BYTES + PUBLIC_KEY_BYTES);
  bytes.set(CONTEXT);
  bytes.set(nonce, CONTEXT.byteLength);
  bytes.set(publicKey, CONTEXT.byteLength + NONCE_BYTES);
  return bytes;
}
