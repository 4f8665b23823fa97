// `npm run check`: types of every package, lint, boundaries, dead code and layout, side by side.
// One line per step; a step's own output is printed only when it fails.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { projectRoot } from './bootstrap/paths.mjs';
import { runTool } from './bootstrap/run-tool.mjs';

/** @typedef {{ name: string, command: string[] }} Step */

const OUTPUT_LINES_MAX = 400;

/**
 * @param {string} root
 * @returns {Step[]} the longest first, so that the short ones fill the gaps
 */
function listSteps(root) {
  /** @param {string} file */
  const tool = (file) => path.join(root, 'node_modules', file);
  const types = [...listWorkspaces(root), '.config'].map((folder) => ({
    name: `types ${folder}`,
    command: [tool('typescript/bin/tsc'), '--project', folder, '--pretty', 'false'],
  }));
  const lint = [tool('eslint/bin/eslint.js'), '--config', '.config/eslint.config.mjs'];
  const boundaries = [
    tool('dependency-cruiser/bin/dependency-cruiser.mjs'),
    ...['--config', '.config/dependency-cruiser.cjs', '--output-type', 'err-long'],
    ...['signaling', 'server', 'edge-node', 'web-client', 'benchmarks', 'test'],
  ];
  const ignored = ['.gitignore', '.config/prettierignore'].map((file) => `--ignore-path=${file}`);
  return [
    { name: 'lint', command: [...lint, '--max-warnings', '0', '.'] },
    ...types,
    { name: 'boundaries', command: boundaries },
    {
      name: 'dead code',
      command: [
        tool('knip/bin/knip.js'),
        '--config',
        '.config/knip.json',
        '--no-progress',
        '--no-config-hints',
      ],
    },
    {
      name: 'layout',
      command: [tool('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', ...ignored, '.'],
    },
  ];
}

/**
 * @param {string} root
 * @returns {string[]}
 */
function listWorkspaces(root) {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return /** @type {{ workspaces: string[] }} */ (manifest).workspaces;
}

/**
 * @param {string} root
 * @param {Step} step
 * @returns {Promise<string | undefined>} the output of a step that failed
 */
async function runStep(root, step) {
  const startMs = performance.now();
  /** @type {string[]} */
  const output = [];
  const { exitCode } = await runTool([process.execPath, ...step.command], {
    cwd: root,
    onLine: (line) => {
      if (output.length < OUTPUT_LINES_MAX) output.push(line);
    },
  });
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1).padStart(5);
  const mark = exitCode === 0 ? 'ok    ' : 'FAILED';
  process.stdout.write(`${mark} ${seconds} s  ${step.name}\n`);
  return exitCode === 0 ? undefined : `\n--- ${step.name}\n${output.join('\n')}\n`;
}

const root = projectRoot();
const wanted = process.argv.slice(2);
const steps = listSteps(root).filter(
  (step) => wanted.length === 0 || wanted.some((word) => step.name.startsWith(word)),
);
const queue = [...steps];
/** @type {string[]} */
const failures = [];
await Promise.all(
  Array.from({ length: Math.min(availableParallelism(), 4) }, async () => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      const failure = await runStep(root, step);
      if (failure !== undefined) failures.push(failure);
    }
  }),
);
for (const failure of failures) process.stdout.write(failure);
process.stdout.write(
  failures.length === 0
    ? `all ${steps.length.toString()} checks passed\n`
    : `\n${failures.length.toString()} of ${steps.length.toString()} checks failed\n`,
);
process.exitCode = failures.length === 0 && steps.length > 0 ? 0 : 1;
