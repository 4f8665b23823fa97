// What this machine can do for a stream, found by trial: the report behind `perigee doctor`.
import type { Logger } from '@perigee/kit';
import { startPulseServer } from './audio/pulse-server.ts';
import { startDisplay } from './display/start-display.ts';
import { openEncoder } from './encode/open-encoder.ts';
import { findFfmpeg } from './offline-media/find-ffmpeg.ts';
import { detectCgroups } from './sandbox/cgroup.ts';
import { createSessionFolders, removeTree } from './sandbox/folders.ts';
import { slotIdentity } from './sandbox/identity.ts';
import { detectProtections } from './sandbox/protections.ts';

export type Finding = { readonly subject: string; readonly verdict: string };

/** Starts a display and a sound server, opens every encoder, and closes all of it again. Never throws for what is missing. */
export async function examineMachine(options: {
  readonly runFolder: string;
  readonly logger: Logger;
  /** Chance in [0, 1). */
  readonly random: () => number;
  /** FFMPEG_PATH and PATH are looked at. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}): Promise<Finding[]> {
  const { runFolder, logger, random, environment } = options;
  const cgroups = detectCgroups(runFolder);
  const protections = await detectProtections(cgroups);
  const identity = slotIdentity(0);
  const folders = createSessionFolders(runFolder, 0, identity, random);
  const findings: Finding[] = [];
  try {
    const part = { identity, folders, cgroup: null };
    findings.push(
      await tried('display', async () => {
        const display = await startDisplay({
          ...part,
          resolution: { width: 1280, height: 720 },
          log: logger,
        });
        await display.close();
        const touch =
          display.access.inputSockets === null ? 'no touch' : 'touch, keyboard, pointer';
        return [
          `${display.access.kind} (${touch})`,
          ...display.rejected.map((r) => `not ${r}`),
        ].join('; ');
      }),
      await tried('sound', async () => {
        const sound = await startPulseServer(part);
        await sound.close();
        return 'PulseAudio';
      }),
    );
  } finally {
    removeTree(folders.root);
    cgroups.close();
  }
  findings.push(
    await tried('encoder', () => {
      const settings = { width: 1280, height: 720, fps: 60, bitrateBps: 6_000_000 };
      const { opened, name, rejected } = openEncoder('h264', settings);
      opened.close();
      return Promise.resolve([`h264:${name}`, ...rejected.map((r) => `not ${r}`)].join('; '));
    }),
  );
  findings.push({ subject: 'ffmpeg', verdict: await findFfmpeg(environment) });
  const missing = protections.missing.length === 0 ? 'all here' : protections.missing.join(' ');
  findings.push({ subject: 'protections', verdict: missing });
  return findings;
}

async function tried(subject: string, trial: () => Promise<string>): Promise<Finding> {
  try {
    return { subject, verdict: await trial() };
  } catch (error) {
    return {
      subject,
      verdict: `missing: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
