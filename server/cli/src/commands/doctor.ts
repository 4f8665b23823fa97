// perigee doctor: what this machine can do for a stream, found by trial. Changes nothing that stays.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examineMachine } from '@perigee/edge-node';
import { createLogger } from '@perigee/kit';
import { UsageError } from '../usage-error.ts';
import { chooseTitles } from '../titles.ts';

export async function doctor(argv: readonly string[]): Promise<void> {
  if (argv.length > 0) throw new UsageError(`doctor takes no arguments (${argv.join(' ')})`);
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const runFolder = mkdtempSync(join(tmpdir(), 'perigee-'));
  chmodSync(runFolder, 0o711); // the session's users must be able to pass it
  try {
    const findings = await examineMachine({
      runFolder,
      logger: createLogger({ name: 'perigee-doctor', level: 'silent' }),
      random: Math.random,
      environment: process.env,
    });
    for (const { subject, verdict } of findings) say(`${subject.padEnd(12)} ${verdict}`);
  } finally {
    rmSync(runFolder, { recursive: true, force: true });
  }
  const { titles, skipped } = chooseTitles({ onlyFolder: null, moreFolders: [] });
  say(`${'titles'.padEnd(12)} ${titles.map((title) => title.manifest.name).join(', ')}`);
  for (const reason of skipped) say(`${''.padEnd(12)} not ${reason}`);
}
