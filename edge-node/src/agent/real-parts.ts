// The real parts of a slot: processes of the session's own users, in its own cgroup and folders.
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { background, systemClock, type Logger } from '@perigee/kit';
import { startPulseServer } from '../audio/pulse-server.ts';
import { startDisplay, type RunningDisplay } from '../display/start-display.ts';
import { watchDisplay } from '../display/watch-display.ts';
import type { CgroupDriver, SessionCgroup } from '../sandbox/cgroup.ts';
import { createSessionFolders, journalPath, removeTree } from '../sandbox/folders.ts';
import { hostCredentials, slotIdentity } from '../sandbox/identity.ts';
import { settlesWithin, startProcess } from '../sandbox/process.ts';
import type { Protections } from '../sandbox/protections.ts';
import type { SessionFolders, SlotIdentity } from '../sandbox/session-resources.ts';
import { startTitle } from '../sandbox/title-process.ts';
import type { HostConfig } from '../session/ipc.ts';
import { HostInbox } from './host-messages.ts';
import type { DisplayPart, HostPart, SlotParts, TitlePart } from './slot-parts.ts';

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
  /** Most memory that a title gets, MiB, whatever its manifest asks for. */
  readonly maxTitleMemoryMb: number;
  readonly host: Pick<HostConfig, 'targetBitrateBps' | 'maxBitrateBps' | 'logLevel'> &
    Pick<HostConfig['ice'], 'hostAddresses'>;
  /** UDP ports of this slot alone; null: the system chooses. */
  readonly portRange: HostConfig['ice']['portRange'];
  readonly random: () => number;
  readonly logger: Logger;
};

/** Starts nothing until it is asked to. */
export class RealParts implements SlotParts {
  readonly #options: RealPartsOptions;
  readonly #identity: SlotIdentity;
  #folders: SessionFolders | undefined;
  #cgroup: SessionCgroup | null = null;
  #display: RunningDisplay | undefined;
  #pulseSocketPath: string | null = null;

  constructor(options: RealPartsOptions) {
    this.#options = options;
    this.#identity = slotIdentity(options.slot, options.uidBase);
  }

  open(): Promise<void> {
    const { runFolder, slot, random, cgroups } = this.#options;
    this.#folders = createSessionFolders(runFolder, slot, this.#identity, random);
    if (cgroups.kind !== 'none') this.#cgroup = cgroups.createSession(basename(this.#folders.root));
    return Promise.resolve();
  }

  async startDisplay(): Promise<DisplayPart> {
    const display = await startDisplay({
      ...this.#place(),
      resolution: WARM_RESOLUTION,
      log: this.#options.logger,
    });
    this.#display = display;
    const watch = watchDisplay(display.access, systemClock);
    return {
      access: display.access,
      exited: Promise.race([display.exited, watch.lost]),
      close: () => {
        watch.stop();
        return display.close();
      },
    };
  }

  async startSound(): ReturnType<SlotParts['startSound']> {
    const { logger, slot } = this.#options;
    try {
      const sound = await startPulseServer(this.#place());
      this.#pulseSocketPath = sound.socketPath;
      return sound;
    } catch (err) {
      logger.warn({ err, slot }, 'no sound server: the session is silent');
      return null;
    }
  }

  startHost(input: Parameters<SlotParts['startHost']>[0]): Promise<HostPart> {
    const { slot, host, portRange } = this.#options;
    const { display, pulseSocketPath, onMessage } = input;
    const { hostAddresses, ...rest } = host;
    const config = { slot, display, pulseSocketPath, ice: { hostAddresses, portRange }, ...rest };
    return startHost(this.#options, { ...this.#place(), config, onMessage });
  }

  startTitle(input: Parameters<SlotParts['startTitle']>[0]): Promise<TitlePart> {
    const { protections, isUnsandboxedAllowed, maxTitleMemoryMb, logger } = this.#options;
    return startTitle({
      ...this.#place(),
      ...input,
      ipcNamespacePid: this.#display?.ipcNamespacePid ?? null,
      pulseSocketPath: this.#pulseSocketPath,
      canSandbox: protections.canSandbox,
      allowUnsandboxed: isUnsandboxedAllowed,
      maxMemoryMb: maxTitleMemoryMb,
      log: logger,
    });
  }

  async remove(): Promise<void> {
    const { logger, slot } = this.#options;
    try {
      if (this.#cgroup !== null && !(await this.#cgroup.remove())) {
        logger.error({ slot, pids: this.#cgroup.pids() }, 'processes of the session would not die');
      }
      if (this.#folders !== undefined) removeTree(this.#folders.root);
    } catch (err) {
      logger.error({ err, slot }, 'the session could not be removed whole');
    }
  }

  #place(): { identity: SlotIdentity; folders: SessionFolders; cgroup: SessionCgroup | null } {
    if (this.#folders === undefined) throw new Error('the slot is not open');
    return { identity: this.#identity, folders: this.#folders, cgroup: this.#cgroup };
  }
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
  const inbox = new HostInbox(
    {
      onMessage: input.onMessage,
      onMalformed: () => {
        logger.warn({ slot }, 'malformed message from a session host');
      },
      onFlood: () => {
        logger.error({ slot }, 'a session host floods its agent: it is ended');
        background('end session host', process_.close(), logger);
      },
    },
    () => systemClock.nowMs(),
  );
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
      inbox.receive(message);
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
