#!/usr/bin/env node
// The `perigee` command. It runs under any Node >= 20 with nothing installed, makes the machine
// ready, and then hands over to the real program under the project's own Node.
import { prepare } from './bootstrap.mjs';
import { runProjectNode } from './bootstrap/project-node.mjs';
import { projectRoot } from './bootstrap/paths.mjs';

const root = projectRoot();
if (await prepare({ root, purpose: 'run' })) {
  runProjectNode({
    root,
    script: 'server/cli/src/main.ts',
    args: process.argv.slice(2),
    nodeFlags: ['--disable-warning=ExperimentalWarning'],
  });
} else {
  process.exitCode = 1;
}
