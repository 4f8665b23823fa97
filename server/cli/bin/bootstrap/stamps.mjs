// What was done is remembered as digests inside node_modules: whoever removes that folder, or runs
// `npm ci`, makes every step start again.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @param {string} root
 * @param {string} name
 * @returns {string | undefined} undefined when there is none
 */
export function readStamp(root, name) {
  try {
    return readFileSync(stampPath(root, name), 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Does nothing where the checkout cannot be written: the next start finds out again.
 * @param {string} root
 * @param {string} name
 * @param {string} value
 */
export function writeStamp(root, name, value) {
  const file = stampPath(root, name);
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, value);
  } catch {
    // As said above.
  }
}

/**
 * @param {string} root
 * @param {string} name
 */
function stampPath(root, name) {
  return path.join(root, 'node_modules', '.perigee', name);
}
