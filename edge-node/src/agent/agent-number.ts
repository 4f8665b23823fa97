// Several agents may run on one machine (`npm start` beside `perigee run`). Each takes a number of its own, and with it a block of user
// ids, so that a session of one never shares a uid with a session of another.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@perigee/kit';
import { isAlive, ownProcessKey, type ProcessKey } from '../sandbox/proc.ts';

/** Agents on one machine at once (chosen). */
const MAX_AGENTS = 32;
/** Uids of one agent: two a slot, 64 slots. */
export const UIDS_PER_AGENT = 128;

export type AgentNumber = { readonly number: number; release(): void };

/**
 * Takes the smallest number that no living agent of this run folder holds.
 * @throws {ConfigError} config: when all are taken
 */
export function claimAgentNumber(runFolder: string): AgentNumber {
  // 0711: the sessions' users pass it, and only the agent lists it.
  mkdirSync(runFolder, { recursive: true, mode: 0o711 });
  const folder = join(runFolder, 'agents');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = join(folder, `claim-${String(process.pid)}`);
  writeFileSync(own, JSON.stringify(ownProcessKey()), { mode: 0o600 });
  try {
    for (let number = 0; number < MAX_AGENTS; number++) {
      const path = join(folder, String(number));
      if (!isHeld(path) && tryLink(own, path)) {
        return {
          number,
          release: () => {
            rmSync(path, { force: true });
          },
        };
      }
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw new ConfigError([
    {
      where: 'PERIGEE_RUN_DIR',
      problem: `${String(MAX_AGENTS)} agents run on ${runFolder} already`,
    },
  ]);
}

/** A link is made whole or not at all, so two agents cannot take one number. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Whether a living agent holds the number; the claim of a dead one is removed. */
function isHeld(path: string): boolean {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return false;
  }
  try {
    if (isAlive(JSON.parse(text) as ProcessKey)) return true;
  } catch {
    // Not a claim: cut off while it was written.
  }
  rmSync(path, { force: true });
  return false;
}
