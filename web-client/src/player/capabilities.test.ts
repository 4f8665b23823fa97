import { expect, test } from 'vitest';
import { knownCodecs } from './capabilities.ts';
import { signalingUrl } from './signaling-link.ts';

test('the codecs of ours are picked out, H.264 first', () => {
  expect(knownCodecs(['video/VP8', 'video/rtx', 'video/H264', 'video/H264', 'video/AV1'])).toEqual([
    'h264',
    'vp8',
  ]);
  expect(knownCodecs(['video/vp8'])).toEqual(['vp8']);
  expect(knownCodecs(['video/AV1'])).toEqual([]);
});

test('the socket lies on the origin of the page and is as secure', () => {
  expect(signalingUrl({ protocol: 'https:', host: 'play.example' })).toBe(
    'wss://play.example/ws/player',
  );
  expect(signalingUrl({ protocol: 'http:', host: '127.0.0.1:8080' })).toBe(
    'ws://127.0.0.1:8080/ws/player',
  );
});
