import { describe, expect, it, test } from 'vitest';
import { encodeHeaderExtensions } from './header-extension.ts';
import { RtpHeaderTemplate } from './rtp-header.ts';

describe('header extensions', () => {
  it('writes the one-byte form of RFC 8285 with padding', () => {
    const { bytes, offsets } = encodeHeaderExtensions([
      { id: 2, data: Buffer.from('0') },
      { id: 5, data: new Uint8Array(3) },
    ]);
    expect([...bytes]).toEqual([0xbe, 0xde, 0, 2, 0x20, 0x30, 0x52, 0, 0, 0, 0, 0]);
    expect(offsets).toEqual([5, 7]);
  });

  it('writes nothing for no extension', () => {
    expect(encodeHeaderExtensions([]).bytes).toHaveLength(0);
  });

  test.each([
    { id: 0, data: new Uint8Array(1) },
    { id: 15, data: new Uint8Array(1) },
    { id: 1, data: new Uint8Array(0) },
    { id: 1, data: new Uint8Array(17) },
  ])('refuses id $id with $data.length bytes', (extension) => {
    expect(() => encodeHeaderExtensions([extension])).toThrow(RangeError);
  });

  it('takes 16 bytes, the longest value', () => {
    const { bytes } = encodeHeaderExtensions([{ id: 14, data: new Uint8Array(16).fill(7) }]);
    expect(bytes[4]).toBe(0xef);
  });
});

describe('RTP header', () => {
  const template = new RtpHeaderTemplate({
    payloadType: 97,
    ssrc: 0xfedc_ba98,
    extensions: [{ id: 4, data: new Uint8Array(2) }],
  });

  it('writes every field', () => {
    const packet = Buffer.alloc(40);
    const length = template.write(packet, {
      sequenceNumber: 0xabcd,
      timestamp: 0x1234_5678,
      isMarked: true,
    });
    expect(length).toBe(20);
    expect(packet.subarray(0, length).toString('hex')).toBe(
      '90e1abcd12345678fedcba98bede000141000000',
    );
    expect(template.extensionOffsets).toEqual([17]);
  });

  it('takes numbers modulo their width and forgets the packet before', () => {
    const packet = Buffer.alloc(40, 0xff);
    template.write(packet, { sequenceNumber: 0x1_0001, timestamp: 2 ** 32 + 5, isMarked: false });
    expect(packet[1]).toBe(97);
    expect(packet.readUInt16BE(2)).toBe(1);
    expect(packet.readUInt32BE(4)).toBe(5);
    expect(packet.readUInt16BE(17)).toBe(0);
  });

  it('has no extension bit without extensions', () => {
    const plain = new RtpHeaderTemplate({ payloadType: 96, ssrc: 1, extensions: [] });
    const packet = Buffer.alloc(12);
    expect(plain.write(packet, { sequenceNumber: 1, timestamp: 1, isMarked: false })).toBe(12);
    expect(packet[0]).toBe(0x80);
  });
});
