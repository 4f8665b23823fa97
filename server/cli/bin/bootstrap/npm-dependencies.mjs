import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError } from './errors.mjs';
import { findProjectNode } from './project-node.mjs';
import { runTool } from './run-tool.mjs';
import { say } from './say.mjs';
import { readStamp, writeStamp } from './stamps.mjs';

const STAMP = 'package-lock.sha256';

/**
 * One entry of a package-lock.json (lockfileVersion 3), as far as it is looked at here.
 * @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean }} LockEntry
 */

/**
 * Whether node_modules holds what package-lock.json asks for. The digest kept after an install
 * answers in a millisecond; without it npm's own record of the tree is compared, so that a plain
 * `npm ci` or `npm install` is not repeated.
 * @param {string} root
 */
export function areDependenciesInstalled(root) {
  if (findProjectNode(root) === undefined) return false;
  const installed = readText(path.join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  const wanted = readText(path.join(root, 'package-lock.json'));
  if (wanted === undefined) return false;
  const digest = sha256(wanted);
  if (readStamp(root, STAMP) === digest) return true;
  if (!isSameTree(wanted, installed)) return false;
  writeStamp(root, STAMP, digest);
  return true;
}

/**
 * Installs exactly what package-lock.json names.
 * @param {string} root
 * @throws {BootstrapError} NPM_FAILED, with the end of npm's output
 */
export async function installDependencies(root) {
  const isFirst = !existsSync(path.join(root, 'node_modules'));
  say(`${isFirst ? 'installing' : 'updating'} the npm dependencies (npm ci) ...`);
  const startMs = Date.now();
  // Development and optional packages whatever NODE_ENV says: Node itself and Vite are among them.
  const command = ['npm', 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  const { exitCode, tail } = await runTool(command, { cwd: root, env: npmEnvironment(root) });
  if (exitCode !== 0) {
    throw new BootstrapError('NPM_FAILED', `npm ci failed (${exitCode.toString()}):\n${tail}`);
  }
  const lock = readText(path.join(root, 'package-lock.json')) ?? '';
  writeStamp(root, STAMP, sha256(lock));
  if (findProjectNode(root) === undefined) {
    throw new BootstrapError(
      'NO_NODE',
      `the project brings Node 24 for Linux on x64 and arm64; on ${process.platform} ${process.arch} start it with a Node >= 24`,
    );
  }
  say(`npm dependencies are installed (${((Date.now() - startMs) / 1000).toFixed(0)} s)`);
}

/**
 * Whether an installed tree has every package of the lock file at its version. Optional packages
 * may be absent: those for other processors are.
 * @param {string} wantedText a package-lock.json
 * @param {string} installedText a node_modules/.package-lock.json
 */
export function isSameTree(wantedText, installedText) {
  const wanted = parseEntries(wantedText);
  const installed = parseEntries(installedText);
  if (wanted === undefined || installed === undefined) return false;
  for (const [place, entry] of Object.entries(wanted)) {
    if (!place.includes('node_modules/')) continue;
    const found = installed[place];
    if (found === undefined) {
      if (entry.optional === true) continue;
      return false;
    }
    if (found.version !== entry.version || found.integrity !== entry.integrity) return false;
  }
  return Object.keys(installed).every((place) => Object.hasOwn(wanted, place));
}

/**
 * @param {string} text
 * @returns {Record<string, LockEntry> | undefined}
 */
function parseEntries(text) {
  try {
    /** @type {unknown} */
    const parsed = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('packages' in parsed)) return undefined;
    return /** @type {Record<string, LockEntry>} */ (parsed.packages);
  } catch {
    return undefined;
  }
}

/**
 * npm's settings of the command that started us (npx, a workspace) must not bend this one, and npm
 * must not run on the Node that it is about to replace.
 * @param {string} root
 * @returns {NodeJS.ProcessEnv}
 */
function npmEnvironment(root) {
  const bent =
    /^npm_config_(global|package|call|workspaces?|include_workspace_root|omit|prefix|dry_run)$/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !bent.test(key)));
  const modules = path.join(root, 'node_modules');
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  folders.push(path.dirname(process.execPath));
  env['PATH'] = folders.filter((folder) => !folder.startsWith(modules)).join(path.delimiter);
  return env;
}

/** @param {string} text */
function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

/** @param {string} file */
function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
