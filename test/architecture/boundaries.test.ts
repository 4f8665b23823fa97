import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repositoryRoot } from './repository.ts';

/** One planted import for each rule: who imports what, and the rule that must refuse it. */
const refused: [importer: string, imported: string, rule: string][] = [
  ['signaling/protocol/src', 'server/kit/src/file.ts', 'protocol-imports-nothing-of-ours'],
  ['signaling/protocol/src', 'node:fs', 'platforms-stay-out-of-the-page'],
  ['server/kit/src', 'server/src/file.ts', 'kit-and-content-import-protocol-only'],
  ['server/kit/src', 'server/content/src/file.ts', 'kit-does-not-import-content'],
  ['server/content/src', 'server/kit/src/file.ts', 'content-does-not-import-kit'],
  ['signaling/src', 'server/src/file.ts', 'signaling-imports-no-other-process'],
  ['signaling/src', 'edge-node/src/agent/file.ts', 'signaling-imports-no-other-process'],
  ['signaling/src', 'server/cli/src/file.ts', 'nobody-imports-cli'],
  ['server/src', 'signaling/src/file.ts', 'server-imports-no-other-process'],
  ['server/src', 'benchmarks/file.ts', 'nobody-imports-benchmarks'],
  ['server/src', 'test/file.ts', 'nobody-imports-test'],
  ['benchmarks', 'test/file.ts', 'nobody-imports-test'],
  ['test', 'benchmarks/file.ts', 'test-imports-no-benchmark'],
  ['edge-node/src/agent', 'server/src/file.ts', 'edge-node-imports-no-other-process'],
  ['edge-node/src/capture', 'edge-node/src/session/file.ts', 'edge-parts-know-no-session'],
  ['edge-node/src/session', 'edge-node/src/agent/file.ts', 'edge-session-knows-no-agent'],
  ['edge-node/src/session', 'werift', 'only-transport-imports-werift'],
  ['edge-node/src/session', 'edge-node/src/receiver/file.ts', 'edge-product-imports-no-receiver'],
  ['edge-node/src/receiver', 'edge-node/src/capture/file.ts', 'edge-receiver-is-a-player'],
  ['edge-node/src/rtp', 'edge-node/src/transport/file.ts', 'edge-rtp-is-the-bottom'],
  ['edge-node/src/rtp', 'node:timers/promises', 'edge-arithmetic-does-no-io'],
  ['edge-node/src/congestion', 'node:net', 'edge-arithmetic-does-no-io'],
  ['edge-node/src/congestion', 'edge-node/src/encode/file.ts', 'edge-congestion-imports-rtp-only'],
  ['edge-node/src/agent', 'edge-node/src/rtp/file.test.ts', 'product-imports-no-test-file'],
  ['edge-node/src/agent', 'undeclared', 'packages-are-declared'],
  ['edge-node/src/agent', 'edge-node/src/agent/absent.ts', 'everything-resolves'],
  ['web-client/src', 'server/kit/src/file.ts', 'web-client-imports-protocol-only'],
  ['web-client/src', 'node:net', 'platforms-stay-out-of-the-page'],
];

const allowed: [importer: string, imported: string][] = [
  ['web-client/src', 'signaling/protocol/src/file.ts'],
  ['server/kit/src', 'signaling/protocol/src/file.ts'],
  ['edge-node/src/agent', 'edge-node/src/session/file.ts'],
  ['edge-node/src/session', 'edge-node/src/capture/file.ts'],
  ['edge-node/src/transport', 'werift'],
  ['edge-node/src/congestion', 'edge-node/src/rtp/file.ts'],
  ['server/cli/src', 'edge-node/src/agent/file.ts'],
  ['test', 'benchmarks/links/file.ts'],
  ['test', 'server/cli/src/file.ts'],
  ['benchmarks', 'edge-node/src/agent/file.ts'],
];

interface Violation {
  from: string;
  rule: { name: string };
}

let root = '';
let violations: Violation[] = [];

/** The planted file is named after its row, so that a violation can be traced to it. */
const plantedFile = (folder: string, index: number): string =>
  `${folder}/planted-${index.toString()}.ts`;

function write(file: string, content: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), content);
}

function plant([folder, imported]: readonly [string, string, ...string[]], index: number): void {
  const isFile = imported.endsWith('.ts');
  if (isFile && !imported.includes('absent')) write(imported, 'export {};\n');
  const way = path.posix.relative(folder, imported);
  const specifier = isFile ? (way.startsWith('.') ? way : `./${way}`) : imported;
  write(plantedFile(folder, index), `import '${specifier}';\n`);
}

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'perigee-boundaries-'));
  cpSync(path.join(repositoryRoot, '.config'), path.join(root, '.config'), { recursive: true });
  write('package.json', '{"type":"module"}');
  write('edge-node/package.json', '{"type":"module","dependencies":{"werift":"*"}}');
  for (const name of ['werift', 'undeclared']) {
    write(`node_modules/${name}/package.json`, `{"name":"${name}","main":"index.js"}`);
    write(`node_modules/${name}/index.js`, '');
  }
  [...refused, ...allowed].forEach(plant);
  write('server/kit/src/cycle-a.ts', "import './cycle-b.ts';\n");
  write('server/kit/src/cycle-b.ts', "import './cycle-a.ts';\n");
  violations = cruise();
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

function cruise(): Violation[] {
  const modules = path.join(repositoryRoot, 'node_modules');
  const tool = path.join(modules, 'dependency-cruiser/bin/dependency-cruiser.mjs');
  const folders = ['signaling', 'server', 'edge-node', 'web-client', 'benchmarks', 'test'];
  const flags = ['--config', '.config/dependency-cruiser.cjs', '--output-type', 'json'];
  const { stdout } = spawnSync(process.execPath, [tool, ...flags, ...folders], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

const rulesBroken = (file: string): string[] =>
  violations.filter(({ from }) => from === file).map(({ rule }) => rule.name);

test.each(refused.map((row, index) => ({ row, index })))(
  '$row.0 may not import $row.1',
  ({ row: [folder, , rule], index }) => {
    expect(rulesBroken(plantedFile(folder, index))).toContain(rule);
  },
);

test.each(allowed.map((row, index) => ({ row, index: refused.length + index })))(
  '$row.0 may import $row.1',
  ({ row: [folder], index }) => {
    expect(rulesBroken(plantedFile(folder, index))).toEqual([]);
  },
);

test('two files may not import each other', () => {
  expect(rulesBroken('server/kit/src/cycle-a.ts')).toEqual(['no-cycles']);
});

test('every rule of the configuration was seen refusing something', () => {
  const config = createRequire(import.meta.url)('../../.config/dependency-cruiser.cjs') as {
    forbidden: { name: string }[];
  };
  const seen = new Set(violations.map(({ rule }) => rule.name));
  expect(config.forbidden.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
});
