import { expect, it } from 'vitest';
import { parseSignalingConfig } from './config.ts';

const parse = (raw: string): unknown =>
  parseSignalingConfig({ PERIGEE_ICE_SERVERS: raw }).iceServers;

it('is empty unless set', () => {
  expect(parseSignalingConfig({}).iceServers).toEqual([]);
});

it('takes RTCIceServer dictionaries, one address or several', () => {
  expect(
    parse('[{"urls":"stun:a:3478"},{"urls":["turn:b","turns:b"],"username":"u","credential":"c"}]'),
  ).toEqual([
    { urls: ['stun:a:3478'] },
    { urls: ['turn:b', 'turns:b'], username: 'u', credential: 'c' },
  ]);
});

it.each([
  '{',
  '{}',
  '[{}]',
  '[{"urls":[]}]',
  '[{"urls":"http://a"}]',
  '[{"urls":"stun:a b"}]',
  '[1]',
  '[{"urls":"stun:a","username":1}]',
  `[${Array(9).fill('{"urls":"stun:a"}').join()}]`,
])('refuses %s', (raw) => {
  expect(() => parse(raw)).toThrow('PERIGEE_ICE_SERVERS');
});
