import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConfigError } from '@perigee/kit';
import { bootId, ownProcessKey } from '../sandbox/proc.ts';
import { claimAgentNumber } from './agent-number.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perigee-number-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('gives each agent of a run folder a number of its own, the smallest that is free', () => {
  const [a, b, c] = [0, 1, 2].map(() => claimAgentNumber(folder));
  expect([a?.number, b?.number, c?.number]).toEqual([0, 1, 2]);
  b?.release();
  expect(claimAgentNumber(folder).number).toBe(1);
  expect(claimAgentNumber(join(folder, 'another')).number).toBe(0);
});

it.each([
  { whose: 'a dead agent', claim: { ...ownProcessKey(), startTicks: '1' } },
  { whose: 'an agent before the last boot', claim: { ...ownProcessKey(), bootId: 'older' } },
  { whose: 'nobody that exists', claim: { pid: 2 ** 22, startTicks: '1', bootId: bootId() } },
])('takes over the number of $whose', ({ claim }) => {
  mkdirSync(join(folder, 'agents'));
  writeFileSync(join(folder, 'agents', '0'), JSON.stringify(claim));
  expect(claimAgentNumber(folder).number).toBe(0);
});

it('takes over a claim that was cut off while it was written', () => {
  mkdirSync(join(folder, 'agents'));
  for (const text of ['', '{"pid":', 'null', '[]']) {
    writeFileSync(join(folder, 'agents', '0'), text);
    claimAgentNumber(folder).release();
    expect(readdirSync(join(folder, 'agents'))).toEqual([]);
  }
});

it('says so when all numbers are taken, and leaves nothing of its own behind', () => {
  for (let n = 0; n < 32; n++) claimAgentNumber(folder);
  expect(() => claimAgentNumber(folder)).toThrow(ConfigError);
  expect(readdirSync(join(folder, 'agents'))).toHaveLength(32);
});
