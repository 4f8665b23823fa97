import { spawn } from 'node:child_process';

const TAIL_LINES_MAX = 60;

/**
 * @typedef {object} ToolResult
 * @property {number} exitCode 127 when the command does not exist, 128 + n for signal n
 * @property {string} tail the last 60 lines of both streams
 */

/** @type {NodeJS.Signals[]} */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command to its end without giving it our standard input, keeping the end of its output.
 * A signal to us is handed on to it, so that it never outlives the lock we hold for it.
 * @param {string[]} command
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void }} [options]
 * @returns {Promise<ToolResult>}
 */
export function runTool(command, options = {}) {
  const [file = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    /** @type {string[]} */
    const tail = [];
    /** @param {string} line */
    const keep = (line) => {
      tail.push(line);
      if (tail.length > TAIL_LINES_MAX) tail.shift();
      options.onLine?.(line);
    };
    splitLines(child.stdout, keep);
    splitLines(child.stderr, keep);
    /** @param {NodeJS.Signals} signal */
    const forward = (signal) => child.kill(signal);
    for (const signal of forwarded) process.on(signal, forward);
    /** @param {number} exitCode */
    const finish = (exitCode) => {
      for (const signal of forwarded) process.off(signal, forward);
      resolve({ exitCode, tail: tail.join('\n') });
    };
    child.once('error', (error) => {
      keep(error.message);
      finish(127);
    });
    child.once('close', (code, signal) => {
      finish(code ?? 128 + (signal === 'SIGINT' ? 2 : 15));
    });
  });
}

/**
 * @param {import('node:stream').Readable} stream
 * @param {(line: string) => void} onLine
 */
function splitLines(stream, onLine) {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (/** @type {string} */ chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-4096);
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
