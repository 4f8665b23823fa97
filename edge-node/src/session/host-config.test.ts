import { expect, it, test } from 'vitest';
import { HostConfigError, parseHostConfig } from './host-config.ts';

const VALID = {
  slot: 1,
  display: {
    kind: 'xorg-dummy',
    socketPath: '/run/x/X0',
    cookieHex: '00112233445566778899aabbccddeeff',
    inputSockets: { keyboard: '/a', pointerAbsolute: '/b', pointerRelative: '/c', touch: '/d' },
    resolution: { width: 1280, height: 720 },
  },
  pulseSocketPath: null,
  ice: { hostAddresses: ['192.0.2.1', '2001:db8::1'], portRange: [50_000, 50_010] },
  targetBitrateBps: 6e6,
  maxBitrateBps: 2e7,
  logLevel: 'info',
};

it('takes a whole configuration', () => {
  expect(parseHostConfig(JSON.stringify(VALID))).toEqual(VALID);
});

it('names every field that is wrong', () => {
  const wrong = { ...VALID, slot: -1, ice: { hostAddresses: ['host.example'], portRange: [5, 5] } };
  expect(() => parseHostConfig(JSON.stringify(wrong))).toThrow(
    /slot.*ice\.hostAddresses\.0.*ice\.portRange/,
  );
});

test.each([undefined, '', '{', '[]', 'null'])('refuses %s', (text) => {
  expect(() => parseHostConfig(text)).toThrow(HostConfigError);
});
