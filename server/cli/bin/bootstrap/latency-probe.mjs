import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError } from './errors.mjs';
import { runTool } from './run-tool.mjs';
import { say } from './say.mjs';

/** @param {string} root */
function places(root) {
  const folder = path.join(root, 'edge-node', 'titles', 'latency-probe');
  return {
    source: path.join(folder, 'latency-probe.c'),
    binary: path.join(folder, 'dist', 'latency-probe'),
  };
}

/**
 * Whether the latency probe must be compiled: it is absent or older than its source.
 * @param {string} root
 */
export function isProbeStale(root) {
  const { source, binary } = places(root);
  if (!existsSync(source)) return false;
  if (!existsSync(binary)) return true;
  return statSync(binary).mtimeMs < statSync(source).mtimeMs;
}

/**
 * Compiles the latency probe.
 * @param {string} root
 * @throws {BootstrapError} COMPILE_FAILED, with the compiler's output
 */
export async function compileProbe(root) {
  const { source, binary } = places(root);
  say('compiling the latency probe');
  mkdirSync(path.dirname(binary), { recursive: true });
  // Written aside: a probe that runs now keeps its file, and a half-written one is never started.
  const draft = `${binary}.new`;
  const command = ['gcc', '-O2', '-o', draft, source, '-lX11', '-lXi'];
  const { exitCode, tail } = await runTool(command, { cwd: root });
  if (exitCode !== 0) {
    throw new BootstrapError('COMPILE_FAILED', `the latency probe does not compile:\n${tail}`);
  }
  renameSync(draft, binary);
}
