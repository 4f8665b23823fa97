import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RtpPacket, SrtpSession } from 'werift';
import { RtpHeaderTemplate } from '../rtp/rtp-header.ts';
import { SrtpSender, type SrtpKeys } from './srtp-sender.ts';

const PROFILES = [
  { name: 'AES-128-GCM', profile: 'aeadAes128Gcm', number: 7, saltBytes: 12 },
  { name: 'AES-128-CM with HMAC-SHA1-80', profile: 'aes128CmSha1_80', number: 1, saltBytes: 14 },
] as const;
const SSRC = 0xdead_beef;

const header = new RtpHeaderTemplate({
  payloadType: 97,
  ssrc: SSRC,
  extensions: [{ id: 3, data: Buffer.from([1, 2]) }],
});

function packet(sequenceNumber: number, payload: Buffer): { bytes: Buffer; headerBytes: number } {
  const bytes = Buffer.alloc(header.lengthBytes + payload.length);
  const headerBytes = header.write(bytes, { sequenceNumber, timestamp: 1, isMarked: false });
  payload.copy(bytes, headerBytes);
  return { bytes, headerBytes };
}

/** Our sender and werift's receiver with the keys of one handshake. */
function pair({ profile, number, saltBytes }: (typeof PROFILES)[number]) {
  const local = { key: randomBytes(16), salt: randomBytes(saltBytes) };
  const session = (isSender: boolean): SrtpSession =>
    new SrtpSession({
      keys: {
        localMasterKey: isSender ? local.key : randomBytes(16),
        localMasterSalt: isSender ? local.salt : randomBytes(saltBytes),
        remoteMasterKey: local.key,
        remoteMasterSalt: local.salt,
      },
      profile: number,
    });
  const context = session(true).localContext;
  const keys: SrtpKeys = {
    profile,
    key: context.srtpSessionKey,
    salt: context.srtpSessionSalt,
    authKey: context.srtpSessionAuthTag,
  };
  return { sender: new SrtpSender(keys), receiver: session(false), reference: context };
}

describe.each(PROFILES)('$name', (profile) => {
  it('encrypts what another implementation decrypts, across the wrap of the sequence number', () => {
    const { sender, receiver } = pair(profile);
    for (let extendedSequence = 65_530; extendedSequence < 65_545; extendedSequence++) {
      const payload = Buffer.from(`frame ${String(extendedSequence)}`);
      const { bytes, headerBytes } = packet(extendedSequence & 0xffff, payload);
      const datagram = sender.protect(bytes, headerBytes, { ssrc: SSRC, extendedSequence });
      // The receiver's rollover counter starts at 0, as ours did.
      const decrypted = RtpPacket.deSerialize(receiver.decrypt(datagram));
      expect(decrypted.payload).toEqual(payload);
      expect(decrypted.header.sequenceNumber).toBe(extendedSequence & 0xffff);
    }
  });

  it('gives the same bytes for a packet that is sent again after the wrap', () => {
    const { sender } = pair(profile);
    const { bytes, headerBytes } = packet(65_535, Buffer.from('late'));
    const position = { ssrc: SSRC, extendedSequence: 65_535 };
    const first = sender.protect(bytes, headerBytes, position);
    const later = packet(3, Buffer.from('newer'));
    sender.protect(later.bytes, later.headerBytes, { ssrc: SSRC, extendedSequence: 65_539 });
    expect(sender.protect(bytes, headerBytes, position)).toEqual(first);
  });

  it('leaves the packet itself as it is', () => {
    const { sender } = pair(profile);
    const { bytes, headerBytes } = packet(1, Buffer.from('payload'));
    const before = Buffer.from(bytes);
    sender.protect(bytes, headerBytes, { ssrc: SSRC, extendedSequence: 1 });
    expect(bytes).toEqual(before);
  });

  it('encrypts an empty payload', () => {
    const { sender, receiver } = pair(profile);
    const { bytes, headerBytes } = packet(1, Buffer.alloc(0));
    const datagram = sender.protect(bytes, headerBytes, { ssrc: SSRC, extendedSequence: 1 });
    expect(RtpPacket.deSerialize(receiver.decrypt(datagram)).payload).toHaveLength(0);
  });
});
