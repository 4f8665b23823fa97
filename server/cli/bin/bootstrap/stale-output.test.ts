import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isProbeStale } from './latency-probe.mjs';
import { writeStamp } from './stamps.mjs';
import { digestOfSources, isWebClientStale } from './web-client.mjs';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'perigee-stale-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(name: string, modifiedSeconds = 1000): void {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, name);
  utimesSync(file, modifiedSeconds, modifiedSeconds);
}

describe('the latency probe', () => {
  const source = 'edge-node/titles/latency-probe/latency-probe.c';
  const binary = 'edge-node/titles/latency-probe/dist/latency-probe';

  test('is not compiled where there is no source', () => {
    expect(isProbeStale(root)).toBe(false);
  });

  test('is compiled when it is absent or older than its source', () => {
    write(source, 1000);
    expect(isProbeStale(root)).toBe(true);
    write(binary, 1001);
    expect(isProbeStale(root)).toBe(false);
    write(source, 1002);
    expect(isProbeStale(root)).toBe(true);
  });
});

describe('the web client', () => {
  function build(): void {
    write('web-client/dist/index.html');
    writeStamp(root, 'web-client.sha256', digestOfSources(root));
  }

  test('is not built where there is no page', () => {
    expect(isWebClientStale(root)).toBe(false);
  });

  test('is built once, and again when a source changes, comes or goes', () => {
    for (const name of ['web-client/index.html', 'web-client/src/main.ts', 'tsconfig.json']) {
      write(name);
    }
    write('signaling/protocol/src/codes.ts');
    expect(isWebClientStale(root)).toBe(true);
    build();
    expect(isWebClientStale(root)).toBe(false);
    write('signaling/protocol/src/limits.ts');
    expect(isWebClientStale(root)).toBe(true);
    build();
    rmSync(path.join(root, 'signaling/protocol/src/limits.ts'));
    expect(isWebClientStale(root)).toBe(true);
    build();
    writeFileSync(path.join(root, 'web-client/src/main.ts'), 'changed');
    expect(isWebClientStale(root)).toBe(true);
  });

  test('is not built again for a test of it', () => {
    for (const name of ['web-client/index.html', 'signaling/protocol/src/a.ts', 'tsconfig.json']) {
      write(name);
    }
    build();
    write('web-client/src/main.test.ts');
    expect(isWebClientStale(root)).toBe(false);
  });

  test('is built again when node_modules, and the stamp in it, is gone', () => {
    for (const name of ['web-client/index.html', 'signaling/protocol/src/a.ts', 'tsconfig.json']) {
      write(name);
    }
    build();
    rmSync(path.join(root, 'node_modules'), { recursive: true });
    expect(isWebClientStale(root)).toBe(true);
  });
});
