import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { listRepositoryFiles, repositoryRoot } from '../architecture/repository.ts';

/** A registry that has nothing and writes down what it was asked for. */
let registry: Server;
let asked: string[] = [];
let scratch = '';

beforeAll(async () => {
  scratch = mkdtempSync(path.join(tmpdir(), 'perigee-npx-'));
  registry = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(404).end('{}');
  });
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
});

beforeEach(() => {
  asked = [];
});

afterAll(async () => {
  rmSync(scratch, { recursive: true });
  registry.close();
  await once(registry, 'close');
});

interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

function npx(folder: string, args: string[]): Promise<Outcome> {
  const { port } = registry.address() as AddressInfo;
  const env = {
    ...process.env,
    npm_config_registry: `http://127.0.0.1:${port.toString()}/`,
    npm_config_fetch_retries: '0',
    npm_config_cache: path.join(scratch, 'cache'),
  };
  return new Promise((resolve) => {
    const child = execFile('npx', args, { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : (child.exitCode ?? 1), stdout, stderr });
    });
    child.stdin?.end();
  });
}

const version = (
  JSON.parse(readFileSync(path.join(repositoryRoot, 'package.json'), 'utf8')) as { version: string }
).version;

test.each([
  { where: 'the root', folder: '.' },
  { where: 'a workspace', folder: 'edge-node' },
])('npx perigee runs ours in $where and asks no registry', async ({ folder }) => {
  const outcome = await npx(path.join(repositoryRoot, folder), ['perigee', '--version']);
  expect(outcome).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
  expect(asked).toEqual([]);
});

test.each([{ flags: [] }, { flags: ['--yes'] }])(
  'npx $flags perigee in a fresh clone starts our bootstrap and never asks for a package perigee',
  async ({ flags }) => {
    const clone = path.join(scratch, `clone${flags.join('')}`);
    for (const file of listRepositoryFiles()) {
      mkdirSync(path.dirname(path.join(clone, file)), { recursive: true });
      cpSync(path.join(repositoryRoot, file), path.join(clone, file));
    }
    const outcome = await npx(clone, [...flags, 'perigee', '--version']);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).toContain('perigee: installing the npm dependencies');
    expect(outcome.stderr).toContain('perigee: npm ci failed');
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((url) => /^\/perigee(?:$|[/?])/.test(url))).toEqual([]);
  },
);
