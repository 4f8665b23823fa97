import { createCipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** Where a packet stands in its stream. `extendedSequence` counts beyond 16 bits: the rollover counter is its upper part (RFC 3711 3.3.1). */
export type PacketPosition = { readonly ssrc: number; readonly extendedSequence: number };

/** Session keys of our direction, derived by the DTLS-SRTP handshake. */
export type SrtpKeys = {
  readonly profile: 'aes128CmSha1_80' | 'aeadAes128Gcm';
  readonly key: Buffer;
  /** 14 bytes (CM) or 12 (GCM); longer buffers are cut. */
  readonly salt: Buffer;
  /** HMAC-SHA1 key; unused with GCM. */
  readonly authKey: Buffer;
};

const GCM_TAG_BYTES = 16;
const SHA1_TAG_BYTES = 10;

/**
 * Encrypts whole RTP packets. Ours rather than werift's, which guesses the rollover counter from the order of packets: a packet sent
 * again around a wrap makes it guess wrong for good. Here the caller tells it.
 *
 * A position must never be used for two different packets: with GCM that would give the authentication key away (RFC 7714 section 8.1).
 */
export class SrtpSender {
  readonly #isGcm: boolean;
  /** Key objects made once: with plain buffers a packet costs 15 us instead of 5 (measured, Node 24). */
  readonly #key: KeyObject;
  readonly #authKey: KeyObject;
  /** Initialization vector without packet: the salt, padded to the cipher's length. */
  readonly #salt: Buffer;
  readonly #iv: Buffer;
  readonly #rollover = Buffer.alloc(4);

  constructor(keys: SrtpKeys) {
    const isGcm = keys.profile === 'aeadAes128Gcm';
    this.#isGcm = isGcm;
    this.#key = createSecretKey(keys.key);
    this.#authKey = createSecretKey(keys.authKey);
    this.#salt = Buffer.alloc(isGcm ? 12 : 16);
    keys.salt.copy(this.#salt, 0, 0, isGcm ? 12 : 14);
    this.#iv = Buffer.alloc(this.#salt.length);
  }

  /** `packet`: header of `headerBytes` and payload, left as it is. Returns a new buffer. */
  protect(packet: Buffer, headerBytes: number, position: PacketPosition): Buffer {
    return this.#isGcm
      ? this.#protectGcm(packet, headerBytes, position)
      : this.#protectCm(packet, headerBytes, position);
  }

  /** RFC 7714 8.1: IV = (00 00 | SSRC | ROC | SEQ) xor salt; the header is authenticated, the tag follows the payload. */
  #protectGcm(packet: Buffer, headerBytes: number, position: PacketPosition): Buffer {
    const cipher = createCipheriv('aes-128-gcm', this.#key, this.#vector(position, 2));
    cipher.setAAD(packet.subarray(0, headerBytes));
    const out = Buffer.allocUnsafe(packet.length + GCM_TAG_BYTES);
    packet.copy(out, 0, 0, headerBytes);
    cipher.update(packet.subarray(headerBytes)).copy(out, headerBytes);
    cipher.final();
    cipher.getAuthTag().copy(out, packet.length);
    return out;
  }

  /** RFC 3711 4.1.1 and 4.2: counter mode, then HMAC-SHA1 over packet and rollover counter, cut to 80 bits. */
  #protectCm(packet: Buffer, headerBytes: number, position: PacketPosition): Buffer {
    const cipher = createCipheriv('aes-128-ctr', this.#key, this.#vector(position, 4));
    const out = Buffer.allocUnsafe(packet.length + SHA1_TAG_BYTES);
    packet.copy(out, 0, 0, headerBytes);
    cipher.update(packet.subarray(headerBytes)).copy(out, headerBytes);
    this.#rollover.writeUInt32BE(rolloverCounter(position));
    createHmac('sha1', this.#authKey)
      .update(out.subarray(0, packet.length))
      .update(this.#rollover)
      .digest()
      .copy(out, packet.length, 0, SHA1_TAG_BYTES);
    return out;
  }

  #vector(position: PacketPosition, ssrcAt: number): Buffer {
    const iv = this.#iv;
    iv.fill(0);
    iv.writeUInt32BE(position.ssrc, ssrcAt);
    iv.writeUInt32BE(rolloverCounter(position), ssrcAt + 4);
    iv.writeUInt16BE(position.extendedSequence % 0x10000, ssrcAt + 8);
    for (let i = 0; i < iv.length; i++) iv[i] = (iv[i] ?? 0) ^ (this.#salt[i] ?? 0);
    return iv;
  }
}

function rolloverCounter(position: PacketPosition): number {
  return Math.floor(position.extendedSequence / 0x10000) >>> 0;
}
