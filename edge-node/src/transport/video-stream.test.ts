import { expect, it } from 'vitest';
import { RtpPacket } from 'werift';
import { EXTENSION_URI } from '../rtp/header-extension.ts';
import { SendHistory } from '../rtp/send-history.ts';
import type { PacketPosition } from './srtp-sender.ts';
import { VideoStream } from './video-stream.ts';

type Sent = { packet: RtpPacket; position: PacketPosition };

const CC01 = [EXTENSION_URI.transportWideCc01, 3] as const;
const CC02 = [EXTENSION_URI.transportWideCc02, 4] as const;
const PLAYOUT = [EXTENSION_URI.playoutDelay, 5] as const;
const MID = [EXTENSION_URI.mid, 2] as const;

function newStream(options: { ids: readonly (readonly [string, number])[]; hasRtx?: boolean }) {
  const sent: Sent[] = [];
  const stream = new VideoStream({
    negotiated: {
      mid: '0',
      payloadType: 97,
      rtxPayloadType: (options.hasRtx ?? true) ? 98 : undefined,
      codec: 'h264',
      extensionIds: new Map(options.ids),
    },
    ssrc: 111,
    rtxSsrc: 222,
    send: (packet, _headerBytes, position) => {
      sent.push({ packet: RtpPacket.deSerialize(Buffer.from(packet)), position });
    },
    sendHistory: new SendHistory(65_535),
    random: () => 0.999_99,
  });
  return { stream, sent };
}

/** One slice that needs `packets` packets. */
function frame(packets: number): Buffer {
  const slice = Buffer.alloc(packets * 1100, 7);
  slice[0] = 0x61;
  return Buffer.concat([Buffer.from([0, 0, 0, 1]), slice]);
}

const extension = (sent: Sent | undefined, id: number): Buffer | undefined =>
  sent?.packet.header.extensions.find((e) => e.id === id)?.payload;

it('asks for feedback on the last packet of a frame, about this frame and the one before', () => {
  const { stream, sent } = newStream({ ids: [CC01, CC02, PLAYOUT, MID] });
  stream.sendFrame(frame(3), 1, 0);
  stream.sendFrame(frame(2), 2, 0);
  expect(sent.map((s) => extension(s, 4)?.readUInt16BE(0))).toEqual([65_535, 0, 1, 2, 3]);
  expect(sent.map((s) => extension(s, 4)?.length)).toEqual([2, 2, 4, 2, 4]);
  expect(extension(sent[2], 4)?.readUInt16BE(2)).toBe(0x8003);
  expect(extension(sent[4], 4)?.readUInt16BE(2)).toBe(0x8005);
  expect(sent.every((s) => extension(s, 3) === undefined)).toBe(true);
});

it('numbers packets by cc-01 when the browser takes no cc-02', () => {
  const { stream, sent } = newStream({ ids: [CC01, PLAYOUT, MID] });
  stream.sendFrame(frame(2), 1, 0);
  expect(sent.map((s) => extension(s, 3)?.toString('hex'))).toEqual(['ffff', '0000']);
});

it('carries playout delay 0/0 and mid on every packet, and the marker on the last of a frame', () => {
  const { stream, sent } = newStream({ ids: [CC02, PLAYOUT, MID] });
  stream.sendFrame(frame(3), 2 ** 32 + 9, 0);
  expect(sent.map((s) => extension(s, 5)?.toString('hex'))).toEqual(['000000', '000000', '000000']);
  expect(sent.map((s) => extension(s, 2)?.toString())).toEqual(['0', '0', '0']);
  expect(sent.map((s) => s.packet.header.marker)).toEqual([false, false, true]);
  expect(sent.every((s) => s.packet.header.timestamp === 9)).toBe(true);
});

it('works with a browser that took no extension at all', () => {
  const { stream, sent } = newStream({ ids: [] });
  expect(stream.sendFrame(frame(2), 1, 0).packetCount).toBe(2);
  expect(sent.every((s) => s.packet.header.extensions.length === 0)).toBe(true);
});

it('sends a missing packet again on the RTX stream with a fresh transport-wide number', () => {
  const { stream, sent } = newStream({ ids: [CC02, PLAYOUT] });
  stream.sendFrame(frame(3), 5, 0);
  const original = sent[1];
  const sequenceNumber = original?.packet.header.sequenceNumber ?? 0;
  expect(stream.resend([sequenceNumber, 4], 1000)).toBe(1);
  const again = sent[3];
  expect(again?.packet.header).toMatchObject({
    ssrc: 222,
    payloadType: 98,
    timestamp: 5,
    marker: false,
  });
  expect(again?.packet.payload.readUInt16BE(0)).toBe(sequenceNumber);
  expect(again?.packet.payload.subarray(2)).toEqual(original?.packet.payload);
  expect(extension(again, 4)?.readUInt16BE(0)).toBe(2);
  expect(stream.counters.resentPackets).toBe(1);
});

it('sends the very same packet again where there is no RTX', () => {
  const { stream, sent } = newStream({ ids: [CC02], hasRtx: false });
  stream.sendFrame(frame(2), 5, 0);
  stream.resend([sent[0]?.packet.header.sequenceNumber ?? 0], 1000);
  expect(sent[2]).toEqual(sent[0]);
});

it('goes on across the wrap of the sequence number', () => {
  const { stream, sent } = newStream({ ids: [CC02] });
  for (let i = 0; i < 33_000; i++) stream.sendFrame(frame(1), i, 0);
  const extended = sent.map((s) => s.position.extendedSequence);
  expect(extended.at(-1)).toBeGreaterThan(65_535);
  expect(
    sent.every((s) => s.packet.header.sequenceNumber === s.position.extendedSequence % 65_536),
  ).toBe(true);
  const beforeWrap = extended.findIndex((n) => n === 65_535);
  expect(stream.resend([65_535], 10)).toBe(1);
  expect(sent.at(-1)?.packet.payload.subarray(2)).toEqual(sent[beforeWrap]?.packet.payload);
});

it('bounds what a flood of NACKs can make it send', () => {
  const { stream, sent } = newStream({ ids: [CC02] });
  for (let i = 0; i < 1000; i++) stream.sendFrame(frame(1), i, 0);
  const all = sent.map((s) => s.packet.header.sequenceNumber);
  let resent = 0;
  for (let ms = 0; ms < 100; ms++) resent += stream.resend(all, ms * 1000);
  expect(resent).toBeLessThanOrEqual(512 + 300);
});
