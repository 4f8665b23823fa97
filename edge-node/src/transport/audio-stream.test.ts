import { expect, it } from 'vitest';
import { RtpPacket } from 'werift';
import { EXTENSION_URI } from '../rtp/header-extension.ts';
import { AudioStream } from './audio-stream.ts';

function newStream() {
  const sent: RtpPacket[] = [];
  const stream = new AudioStream({
    negotiated: { mid: '1', payloadType: 96, extensionIds: new Map([[EXTENSION_URI.mid, 2]]) },
    ssrc: 7,
    send: (packet) => sent.push(RtpPacket.deSerialize(Buffer.from(packet))),
    random: () => 0.5,
  });
  return { stream, sent };
}

it('sends one packet for one Opus packet and marks a talkspurt', () => {
  const { stream, sent } = newStream();
  stream.sendPacket(Buffer.from('one'), 480, true);
  stream.sendPacket(Buffer.from('two'), 2 ** 32 + 960, false);
  expect(sent.map((p) => p.payload.toString())).toEqual(['one', 'two']);
  expect(sent.map((p) => p.header.marker)).toEqual([true, false]);
  expect(sent.map((p) => p.header.timestamp)).toEqual([480, 960]);
  expect(sent.map((p) => p.header.sequenceNumber)).toEqual([16_384, 16_385]);
  expect(sent[0]?.header.extensions[0]?.payload.toString()).toBe('1');
  expect(stream.counters).toEqual({ ssrc: 7, packetCount: 2, octetCount: 6 });
});

it('drops a packet that fits no datagram, and an empty one', () => {
  const { stream, sent } = newStream();
  stream.sendPacket(new Uint8Array(1200), 0, false);
  stream.sendPacket(new Uint8Array(0), 0, false);
  expect(sent).toEqual([]);
});
