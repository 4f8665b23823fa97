import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError } from './errors.mjs';
import { findProjectNode } from './project-node.mjs';
import { runTool } from './run-tool.mjs';
import { say } from './say.mjs';
import { readStamp, writeStamp } from './stamps.mjs';

const STAMP = 'web-client.sha256';

/** All that a build depends on, besides the npm packages: those remove the stamp with the folder. */
const SOURCES = ['web-client', 'signaling/protocol/src', 'tsconfig.json'];

/**
 * Whether the web client must be built. A digest of the sources decides, because a checkout of
 * another commit gives files the time of day and not an order.
 * @param {string} root
 */
export function isWebClientStale(root) {
  if (!existsSync(path.join(root, 'web-client', 'index.html'))) return false;
  if (!existsSync(path.join(root, 'web-client', 'dist', 'index.html'))) return true;
  return readStamp(root, STAMP) !== digestOfSources(root);
}

/**
 * Builds the web client with Vite into web-client/dist.
 * @param {string} root
 * @throws {BootstrapError} BUILD_FAILED, with Vite's output
 */
export async function buildWebClient(root) {
  say('building the web client');
  const digest = digestOfSources(root);
  const node = findProjectNode(root) ?? process.execPath;
  const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const { exitCode, tail } = await runTool([node, vite, 'build', '--logLevel', 'warn'], {
    cwd: path.join(root, 'web-client'),
  });
  if (exitCode !== 0) {
    throw new BootstrapError('BUILD_FAILED', `the web client does not build:\n${tail}`);
  }
  writeStamp(root, STAMP, digest);
}

/**
 * @param {string} root
 * @returns {string} SHA-256 over the names and contents of all sources, in hexadecimal
 */
export function digestOfSources(root) {
  const hash = createHash('sha256');
  for (const source of SOURCES) addToDigest(hash, root, source);
  return hash.digest('hex');
}

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} root
 * @param {string} place relative to the root
 */
function addToDigest(hash, root, place) {
  if (place.endsWith('.test.ts')) return;
  const entries = listFolder(path.join(root, place));
  if (entries === undefined) {
    const content = readFileSync(path.join(root, place));
    hash.update(`${place}\0${content.length.toString()}\0`).update(content);
    return;
  }
  for (const name of entries) {
    if (name !== 'dist' && name !== 'node_modules') addToDigest(hash, root, path.join(place, name));
  }
}

/**
 * @param {string} place
 * @returns {string[] | undefined} undefined for what is not a folder
 */
function listFolder(place) {
  try {
    return readdirSync(place).sort();
  } catch {
    return undefined;
  }
}
