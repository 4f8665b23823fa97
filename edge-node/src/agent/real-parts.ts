// The real parts of a slot: processes of the session's own users, in its own cgroup and folders.
import { fileURLToPath } from 'node:url';
import type { Logger } from '@perigee/kit';
import { startPulseServer } from '../audio/pulse-server.ts';
import { startDisplay, type RunningDisplay } from '../display/start-display.ts';
import type { CgroupDriver, SessionCgroup } from '../sandbox/cgroup.ts';
import { createSessionFolders, journalPath, removeTree } from '../sandbox/folders.ts';
import { hostCredentials, slotIdentity } from '../sandbox/identity.ts';
import { settlesWithin, startProcess } from '../sandbox/process.ts';
import type { Protections } from '../sandbox/protections.ts';
import type { SessionFolders } from '../sandbox/session-resources.ts';
import { startTitle } from '../sandbox/title-process.ts';
import type { HostConfig } from '../session/ipc.ts';
import { parseHostMessage } from './host-messages.ts';
import type { HostPart, SlotParts } from './slot-parts.ts';

const HOST_MAIN = fileURLToPath(new URL('../session/main.ts', import.meta.url));
/** The checkout: the host's code and the project's own Node lie below it. */
const CODE_ROOT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');
/** A host that was told to close tells its player and goes; this long it may take, ms. */
const HOST_GOODBYE_MS = 1000;
/** The size of a display that waits for its title: the most common one, so that most titles need no resize. */
const WARM_RESOLUTION = { width: 1280, height: 720 } as const;

export type RealPartsOptions = {
  readonly slot: number;
  readonly uidBase: number;
  readonly runFolder: string;
  readonly cgroups: CgroupDriver;
  readonly protections: Protections;
  readonly isUnsandboxedAllowed: boolean;
  readonly host: Pick<HostConfig, 'ice' | 'targetBitrateBps' | 'maxBitrateBps' | 'logLevel'>;
  readonly random: () => number;
  readonly logger: Logger;
};

/** @returns parts that start nothing until they are asked to */
export function createRealParts(options: RealPartsOptions): SlotParts {
  const { slot, logger } = options;
  const identity = slotIdentity(slot, options.uidBase);
  let folders: SessionFolders | undefined;
  let cgroup: SessionCgroup | null = null;
  let display: RunningDisplay | undefined;
  let pulseSocketPath: string | null = null;
  const opened = (): SessionFolders => {
    if (folders === undefined) throw new Error('the slot is not open');
    return folders;
  };
  return {
    open() {
      folders = createSessionFolders(options.runFolder, slot, identity, options.random);
      cgroup =
        options.cgroups.kind === 'none'
          ? null
          : options.cgroups.createSession(folders.root.slice(folders.root.lastIndexOf('/') + 1));
      return Promise.resolve();
    },
    async startDisplay() {
      display = await startDisplay({
        identity,
        folders: opened(),
        cgroup,
        resolution: WARM_RESOLUTION,
        log: logger,
      });
      return display;
    },
    async startSound() {
      try {
        const sound = await startPulseServer({ identity, folders: opened(), cgroup });
        pulseSocketPath = sound.socketPath;
        return sound;
      } catch (err) {
        logger.warn({ err, slot }, 'no sound server: the session is silent');
        return null;
      }
    },
    startHost: (input) =>
      startHost(options, {
        folders: opened(),
        cgroup,
        config: {
          slot,
          display: input.display,
          pulseSocketPath: input.pulseSocketPath,
          ...options.host,
        },
        onMessage: input.onMessage,
      }),
    startTitle: ({ title, display: access }) =>
      startTitle({
        title,
        identity,
        folders: opened(),
        display: access,
        ipcNamespacePid: display?.ipcNamespacePid ?? null,
        pulseSocketPath,
        cgroup,
        canSandbox: options.protections.canSandbox,
        allowUnsandboxed: options.isUnsandboxedAllowed,
        log: logger,
      }),
    async remove() {
      try {
        if (cgroup !== null && !(await cgroup.remove())) {
          logger.error({ slot, pids: cgroup.pids() }, 'processes of the session would not die');
        }
        if (folders !== undefined) removeTree(folders.root);
      } catch (err) {
        logger.error({ err, slot }, 'the session could not be removed whole');
      }
    },
  };
}

async function startHost(
  options: RealPartsOptions,
  input: {
    readonly folders: SessionFolders;
    readonly cgroup: SessionCgroup | null;
    readonly config: HostConfig;
    readonly onMessage: Parameters<SlotParts['startHost']>[0]['onMessage'];
  },
): Promise<HostPart> {
  const { logger, slot } = options;
  const process_ = await startProcess({
    launch: {
      command: [process.execPath, '--disable-warning=ExperimentalWarning', HOST_MAIN],
      credentials: hostCredentials(slotIdentity(slot, options.uidBase)),
      cgroupProcsFiles: input.cgroup?.procsFiles('host') ?? [],
      reachable: [CODE_ROOT],
    },
    env: {
      PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      HOME: input.folders.pulse,
      PERIGEE_HOST_CONFIG: JSON.stringify(input.config),
    },
    journalPath: journalPath(input.folders),
    ipc: true,
    killAfterMs: 1000,
    tailLines: 50,
    onLine: (line) => {
      logger.debug({ slot, line }, 'session host');
    },
    onMessage: (message) => {
      const parsed = parseHostMessage(message);
      if (parsed === undefined) logger.warn({ slot }, 'malformed message from a session host');
      else input.onMessage(parsed);
    },
  });
  void process_.exited.then((exit) => {
    if (exit.exitCode !== 0)
      logger.warn({ slot, exit, tail: process_.tail() }, 'session host ended');
  });
  return {
    exited: process_.exited,
    send: (message) => {
      process_.send(message);
    },
    async close() {
      await settlesWithin(process_.exited, HOST_GOODBYE_MS);
      await process_.close();
    },
  };
}
