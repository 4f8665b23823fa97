// Starts the real program under the Node that npm brought, and stands between it and the terminal
// so that it ends exactly when it should.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError } from './errors.mjs';

/** The major version that runs TypeScript files and brings `node:sqlite` as the product uses them. */
const NODE_MAJOR = 24;

/**
 * Ctrl-C reaches us from the terminal and once more from npm within milliseconds; a person who
 * insists takes longer. Chosen, not measured.
 */
const REPEAT_WINDOW_MS = 300;

/** How soon we notice that npm is gone. Chosen, not measured. */
const PARENT_POLL_MS = 500;

/** @type {NodeJS.Signals[]} */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/**
 * The Node that the program runs on: npm's platform package, or the running one if it is new enough.
 * @param {string} root
 * @returns {string | undefined} an absolute path
 */
export function findProjectNode(root) {
  const name = `node-${process.platform}-${process.arch}`;
  for (const folder of ['.', 'server/cli']) {
    const brought = path.join(root, folder, 'node_modules', name, 'bin', 'node');
    if (existsSync(brought)) return brought;
  }
  const isNewEnough = Number.parseInt(process.versions.node, 10) >= NODE_MAJOR;
  return isNewEnough && existsSync(process.execPath) ? process.execPath : undefined;
}

/**
 * Runs a script of the project with our standard streams and ends as it ends. The child is in a
 * session of its own: a Ctrl-C then comes to it only through us, once. Should we be killed without
 * a chance to tell it, the kernel sends it SIGTERM.
 * @param {{ root: string, script: string, args: string[], nodeFlags?: string[], folder?: string }} options
 *   `script` is relative to `root`; `folder` is where it runs, the caller's own by default
 */
export function runProjectNode({ root, script, args, nodeFlags = [], folder }) {
  const node = findProjectNode(root);
  if (node === undefined) throw new BootstrapError('NO_NODE', 'the project has no Node');
  const folders = [path.dirname(node), path.join(root, 'node_modules', '.bin')];
  const command = [node, ...nodeFlags, path.join(root, script), ...args];
  const setpriv = '/usr/bin/setpriv';
  if (existsSync(setpriv)) command.unshift(setpriv, '--pdeathsig', 'SIGTERM', '--');
  const [file = node, ...rest] = command;
  const child = spawn(file, rest, {
    stdio: 'inherit',
    detached: true,
    cwd: folder,
    env: { ...process.env, PATH: [...folders, process.env['PATH']].join(path.delimiter) },
  });
  const repeats = createRepeatFilter(REPEAT_WINDOW_MS);
  for (const signal of forwarded) {
    process.on(signal, () => {
      if (repeats.isNew(signal, performance.now())) child.kill(signal);
    });
  }
  if (process.env['npm_command'] !== undefined) endWithParent(child);
  child.once('error', (error) => {
    process.stderr.write(`perigee: ${error.message}\n`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    // Die of the same signal, so that a shell or npm sees what happened.
    for (const name of forwarded) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

/**
 * npm puts a shell between itself and us, which dies of a signal without handing it on; and npm may
 * be killed. In both cases nobody is left who could end us, so we end by ourselves. Started by a
 * person's shell we stay: that is how a program is left running.
 * @param {import('node:child_process').ChildProcess} child
 */
function endWithParent(child) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, PARENT_POLL_MS);
  timer.unref();
}

/**
 * Tells a signal that arrived twice for one cause from one that was sent again.
 * @param {number} windowMs
 */
export function createRepeatFilter(windowMs) {
  /** @type {Map<string, number>} */
  const lastMs = new Map();
  return {
    /**
     * @param {string} signal
     * @param {number} nowMs monotonic
     */
    isNew(signal, nowMs) {
      const beforeMs = lastMs.get(signal);
      if (beforeMs !== undefined && nowMs - beforeMs < windowMs) return false;
      lastMs.set(signal, nowMs);
      return true;
    },
  };
}
