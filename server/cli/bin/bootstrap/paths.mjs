import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** @returns {string} the absolute path of the repository, through whatever link we were started */
export function projectRoot() {
  return fileURLToPath(new URL('../../../../', import.meta.url)).replace(/\/$/, '');
}

/**
 * Stamps of finished steps live inside node_modules: whoever removes that folder, or runs
 * `npm ci`, makes every step start again.
 * @param {string} root
 * @param {string} name
 * @returns {string}
 */
export function stampPath(root, name) {
  const folder = path.join(root, 'node_modules', '.perigee');
  mkdirSync(folder, { recursive: true });
  return path.join(folder, name);
}
