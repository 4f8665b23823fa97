// Makes a fresh clone ready with Node built-ins alone: npm dependencies, Debian packages, the
// compiled latency probe and the built web client. Everything it says goes to standard error,
// because standard output belongs to the program that starts afterwards.
import { installWithApt } from './bootstrap/apt.mjs';
import { debianNeeds, missingNeeds } from './bootstrap/debian-needs.mjs';
import { BootstrapError } from './bootstrap/errors.mjs';
import { compileProbe, isProbeStale } from './bootstrap/latency-probe.mjs';
import { withLock } from './bootstrap/lock.mjs';
import { areDependenciesInstalled, installDependencies } from './bootstrap/npm-dependencies.mjs';
import { say } from './bootstrap/say.mjs';
import { buildWebClient, isWebClientStale } from './bootstrap/web-client.mjs';

/**
 * What the machine is made ready for: `check` needs npm packages only, `run` all that a player
 * needs, `test` (tests and benchmarks) a browser as well.
 * @typedef {'check' | 'run' | 'test'} Purpose
 */

/**
 * @typedef {object} Step
 * @property {() => boolean} isNeeded cheap: it runs at every start
 * @property {() => Promise<void>} run
 */

/**
 * The steps in their order; each one may lean on those before it.
 * @param {string} root
 * @param {Purpose} purpose
 * @returns {Step[]}
 */
function stepsFor(root, purpose) {
  /** @type {Step} */
  const npm = {
    isNeeded: () => !areDependenciesInstalled(root),
    run: () => installDependencies(root),
  };
  if (purpose === 'check') return [npm];
  const needs = debianNeeds.filter((need) => purpose === 'test' || need.group === 'run');
  return [
    npm,
    {
      isNeeded: () => missingNeeds(needs).length > 0,
      run: () => installWithApt(needs),
    },
    { isNeeded: () => isProbeStale(root), run: () => compileProbe(root) },
    { isNeeded: () => isWebClientStale(root), run: () => buildWebClient(root) },
  ];
}

/**
 * Brings the machine to the state that `purpose` needs. Quick and silent when nothing is missing.
 * @param {{ root: string, purpose: Purpose }} options
 * @returns {Promise<boolean>} false when something is missing that it could not bring; the reason
 *   and the remedy were then printed
 */
export async function prepare({ root, purpose }) {
  try {
    const steps = stepsFor(root, purpose);
    if (!steps.some((step) => step.isNeeded())) return true;
    await withLock(root, async () => {
      // Asked again inside the lock: another run may have done the work meanwhile.
      for (const step of steps) if (step.isNeeded()) await step.run();
    });
    return true;
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    say(error.message);
    return false;
  }
}
