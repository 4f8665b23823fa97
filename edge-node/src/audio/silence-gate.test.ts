import { expect, it } from 'vitest';
import { SilenceGate } from './silence-gate.ts';

const sound = Uint8Array.from([0, 0, 1, 0]);
const silence = new Uint8Array(4);

it('sends nothing before the first sound', () => {
  const gate = new SilenceGate();
  expect([gate.decide(silence), gate.decide(silence)]).toEqual(['skip', 'skip']);
});

it('begins a talkspurt with the first sound and keeps sending through 300 ms of silence', () => {
  const gate = new SilenceGate();
  expect([gate.decide(sound), gate.decide(sound)]).toEqual(['send-first', 'send']);
  const decisions = Array.from({ length: 40 }, () => gate.decide(silence));
  expect(decisions.filter((d) => d === 'send')).toHaveLength(29);
  expect(decisions.at(-1)).toBe('skip');
  expect(gate.decide(sound)).toBe('send-first');
});

it('takes a short pause for a part of the sound', () => {
  const gate = new SilenceGate();
  gate.decide(sound);
  for (let i = 0; i < 20; i++) gate.decide(silence);
  expect(gate.decide(sound)).toBe('send');
});
