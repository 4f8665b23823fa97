import { existsSync } from 'node:fs';
import { missingNeeds } from './debian-needs.mjs';
import { BootstrapError } from './errors.mjs';
import { runTool } from './run-tool.mjs';
import { say } from './say.mjs';

/** @typedef {import('./debian-needs.mjs').DebianNeed} DebianNeed */

const PROGRESS_INTERVAL_MS = 5000;
const APT_GET = '/usr/bin/apt-get';

/**
 * Installs what is missing if we are root on Debian.
 * @param {DebianNeed[]} needs
 * @throws {BootstrapError} PACKAGES_MISSING with the command to give, APT_FAILED with apt's output
 */
export async function installWithApt(needs) {
  const missing = missingNeeds(needs);
  if (process.getuid?.() !== 0 || !existsSync(APT_GET)) {
    throw new BootstrapError('PACKAGES_MISSING', describeManualInstall(missing));
  }
  say(`installing ${missing.length.toString()} Debian packages:`);
  for (const line of describeNeeds(missing)) say(`  ${line}`);
  const names = missing.map((need) => need.name);
  const startMs = performance.now();
  await apt(['update']);
  await apt(['install', '-y', '--no-install-recommends', ...names]);
  const left = missingNeeds(needs).map((need) => need.name);
  if (left.length > 0) {
    throw new BootstrapError(
      'APT_FAILED',
      `apt-get reported success, but nothing brought: ${left.join(' ')}`,
    );
  }
  say(`Debian packages are installed (${((performance.now() - startMs) / 1000).toFixed(0)} s)`);
}

/**
 * What a person must do where we may not install, ending in one command to copy.
 * @param {DebianNeed[]} missing
 */
export function describeManualInstall(missing) {
  const names = missing.map((need) => need.name).join(' ');
  return [
    'these Debian packages are missing, and only root on Debian can install them:',
    ...describeNeeds(missing).map((line) => `  ${line}`),
    'Give this command, then start again:',
    `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names}`,
  ].join('\n');
}

/**
 * One line for each reason, with the packages that share it.
 * @param {DebianNeed[]} needs
 * @returns {string[]}
 */
function describeNeeds(needs) {
  /** @type {Map<string, string[]>} */
  const byReason = new Map();
  for (const need of needs) {
    byReason.set(need.why, [...(byReason.get(need.why) ?? []), need.name]);
  }
  return Array.from(byReason, ([why, names]) => `${names.join(' ')} (${why})`);
}

/** @param {string[]} args */
async function apt(args) {
  const verb = args[0] ?? '';
  let lastShownMs = performance.now();
  let unpacked = 0;
  /** @param {string} line */
  const showProgress = (line) => {
    if (line.startsWith('Unpacking ')) unpacked += 1;
    if (!/^(Need to get|Get:|Unpacking|Setting up)/.test(line)) return;
    const nowMs = performance.now();
    const isTotal = line.startsWith('Need to get');
    if (!isTotal && nowMs - lastShownMs < PROGRESS_INTERVAL_MS) return;
    lastShownMs = nowMs;
    const count = unpacked > 0 ? `, ${unpacked.toString()} unpacked` : '';
    say(`  apt-get ${verb}${count}: ${line.slice(0, 100).trimEnd()}`);
  };
  // Another apt may be at work in a machine that has just started: wait for it.
  const command = [APT_GET, '-q', '-o', 'DPkg::Lock::Timeout=300', ...args];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const { exitCode, tail } = await runTool(command, { env, onLine: showProgress });
  if (exitCode === 0) return;
  throw new BootstrapError(
    'APT_FAILED',
    `apt-get ${verb} failed (${exitCode.toString()}):\n${tail}`,
  );
}
