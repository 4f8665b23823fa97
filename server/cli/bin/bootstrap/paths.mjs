import { fileURLToPath } from 'node:url';

/** @returns {string} the absolute path of the repository, through whatever link we were started */
export function projectRoot() {
  return fileURLToPath(new URL('../../../../', import.meta.url)).replace(/\/$/, '');
}
