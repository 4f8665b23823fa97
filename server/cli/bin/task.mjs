#!/usr/bin/env node
// What `npm test`, `npm run check` and `npm run bench` start: the bootstrap, then one tool.
import { prepare } from './bootstrap.mjs';
import { projectRoot } from './bootstrap/paths.mjs';
import { runProjectNode } from './bootstrap/project-node.mjs';
import { say } from './bootstrap/say.mjs';

/**
 * @typedef {object} Task
 * @property {import('./bootstrap.mjs').Purpose} purpose what the machine must be ready for
 * @property {string} script run by the project's Node, from the root of the repository
 * @property {string[]} args put before the caller's own
 */

const vitest = 'node_modules/vitest/vitest.mjs';
const vitestArgs = ['run', '--config', '.config/vitest.config.ts'];

/** @type {Record<string, Task>} */
const tasks = {
  check: { purpose: 'check', script: 'server/cli/bin/check.mjs', args: [] },
  test: {
    purpose: 'test',
    script: vitest,
    args: [...vitestArgs, '--project', 'unit', '--project', 'integration', '--project', 'e2e'],
  },
  'test:slow': { purpose: 'test', script: vitest, args: [...vitestArgs, '--project', 'slow'] },
  bench: { purpose: 'test', script: 'benchmarks/run.ts', args: [] },
};

const [name = '', ...args] = process.argv.slice(2);
const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
if (task === undefined) {
  say(`no task is called "${name}"; there are: ${Object.keys(tasks).join(', ')}`);
  process.exitCode = 2;
} else {
  const root = projectRoot();
  if (await prepare({ root, purpose: task.purpose })) {
    runProjectNode({
      root,
      script: task.script,
      args: [...task.args, ...args],
      folder: root,
      nodeFlags: ['--disable-warning=ExperimentalWarning'],
    });
  } else {
    process.exitCode = 1;
  }
}
