import { expect, it, test } from 'vitest';
import { createSeededRandom } from '@perigee/kit/testing';
import { parseRtcp } from './rtcp.ts';
import { compactNtp, encodeSenderReport, ntpFromUnixUs } from './sender-report.ts';

function packet(type: number, format: number, words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + words.length * 4);
  bytes[0] = 0x80 | format;
  bytes[1] = type;
  bytes.writeUInt16BE(words.length, 2);
  words.forEach((word, i) => bytes.writeUInt32BE(word >>> 0, 4 + i * 4));
  return bytes;
}

const receiverReport = packet(201, 1, [9, 77, (64 << 24) | 5, 100, 33, 0xaabb_ccdd, 6553]);
const nack = packet(205, 1, [9, 77, (65_535 << 16) | 0b101]);
const pli = packet(206, 1, [9, 77]);
const fir = packet(206, 4, [9, 0, 77, 1 << 24]);

it('reads every part of a compound packet', () => {
  const compound = Buffer.concat([
    receiverReport,
    packet(202, 0, []),
    nack,
    pli,
    fir,
    packet(203, 1, [9]),
  ]);
  const { messages, malformedPackets } = parseRtcp(compound);
  expect(malformedPackets).toBe(0);
  expect(messages).toEqual([
    {
      kind: 'report',
      reports: [
        {
          ssrc: 77,
          lossRatio: 0.25,
          packetsLost: 5,
          jitterTicks: 33,
          lastSenderReport: 0xaabb_ccdd,
          delaySinceLastSenderReport: 6553,
        },
      ],
    },
    { kind: 'nack', mediaSsrc: 77, sequenceNumbers: [65_535, 0, 2] },
    { kind: 'pli', mediaSsrc: 77 },
    { kind: 'fir', mediaSsrc: 77 },
    { kind: 'bye' },
  ]);
});

it('reads a negative number of lost packets', () => {
  const report = packet(201, 1, [9, 77, 0x00ff_ffff, 0, 0, 0, 0]);
  expect(parseRtcp(report).messages).toMatchObject([{ reports: [{ packetsLost: -1 }] }]);
});

it('limits the numbers of one NACK', () => {
  const flood = packet(205, 1, [9, 77, ...Array.from({ length: 2000 }, () => 0xffff)]);
  const [message] = parseRtcp(flood).messages;
  expect(message?.kind === 'nack' && message.sequenceNumbers.length).toBeLessThan(1100);
});

test.each([
  { name: 'a report without its block', bytes: packet(201, 1, [9]) },
  { name: 'a NACK without entry', bytes: packet(205, 1, [9, 77]) },
  { name: 'a PLI without media SSRC', bytes: packet(206, 1, [9]) },
  { name: 'a FIR without entry', bytes: packet(206, 4, [9, 77]) },
  { name: 'feedback without content', bytes: packet(205, 15, [9, 77]) },
  { name: 'a length beyond the end', bytes: pli.subarray(0, 8) },
  { name: 'another version', bytes: Buffer.from([0x41, 206, 0, 0]) },
  { name: 'half a header', bytes: Buffer.from([0x81, 206]) },
])('counts $name as malformed', ({ bytes }) => {
  expect(parseRtcp(bytes)).toEqual({ messages: [], malformedPackets: 1 });
});

it('survives truncation at each byte and random changes', () => {
  const compound = Buffer.concat([receiverReport, nack, pli, fir]);
  for (let length = 0; length < compound.length; length++) parseRtcp(compound.subarray(0, length));
  const random = createSeededRandom(4);
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(compound);
    for (let i = 0; i < 4; i++)
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    expect(parseRtcp(bytes).messages.length).toBeLessThan(30);
  }
});

it('writes a sender report with CNAME that reads back as a compound packet', () => {
  const ntp = ntpFromUnixUs(1_700_000_000_250_000);
  expect(ntp).toEqual({ seconds: 3_908_988_800, fraction: 0x4000_0000 });
  expect(compactNtp(ntp)).toBe((3_908_988_800 % 65_536) * 65_536 + 0x4000);
  const bytes = encodeSenderReport({
    ssrc: 0xffff_ffff,
    ntp,
    rtpTimestamp: 2 ** 32 + 7,
    packetCount: 2 ** 32 + 1,
    octetCount: 12,
    cname: 'abc',
  });
  expect(bytes.length % 4).toBe(0);
  expect(bytes.readUInt32BE(16)).toBe(7);
  expect(bytes.readUInt32BE(20)).toBe(1);
  expect(bytes.toString('latin1', 38, 41)).toBe('abc');
  expect(parseRtcp(bytes)).toEqual({
    messages: [{ kind: 'report', reports: [] }],
    malformedPackets: 0,
  });
});
