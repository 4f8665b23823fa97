// The edge node: its agent wired to real processes and to signaling. The only entry of this package.
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, systemClock, type ConfigProblem, type Logger } from '@perigee/kit';
import type { EdgeFacts, EdgeNodeId, SiteId } from '@perigee/protocol';
import { claimAgentNumber, UIDS_PER_AGENT } from './agent/agent-number.ts';
import { EdgeAgent } from './agent/edge-agent.ts';
import type { EdgeKey } from './agent/edge-key.ts';
import { EdgeLink } from './agent/edge-link.ts';
import { RealParts, type RealPartsOptions } from './agent/real-parts.ts';
import { splitPorts } from './agent/slot-ports.ts';
import { detectCgroups } from './sandbox/cgroup.ts';
import { hostCredentials, slotIdentity } from './sandbox/identity.ts';
import { closedAncestor } from './sandbox/launch.ts';
import { isRunFolderTooLong } from './sandbox/folders.ts';
import { cleanOrphans } from './sandbox/orphans.ts';
import { keepDescriptorsFromChildren } from './sandbox/descriptors.ts';
import { detectProtections } from './sandbox/protections.ts';
import { titleInfo, type Title } from './titles/title.ts';
import type { EdgeConfig } from './config.ts';
import edgePackage from '../package.json' with { type: 'json' };

export { examineMachine, type Finding } from './examine.ts';
export { edgeEnvironment, type EdgeConfig } from './config.ts';
export { createEdgeKey, loadOrCreateEdgeKey, type EdgeKey } from './agent/edge-key.ts';
export { loadTitle, loadTitles } from './titles/load-title.ts';
export { TitleError } from './titles/title-error.ts';
export type { Title } from './titles/title.ts';

/** Titles that come with the edge node. */
export const OWN_TITLES_FOLDER = fileURLToPath(new URL('../titles', import.meta.url));

/** A session host that is not ready after this long is given up, ms (a loaded 2-core machine needs about 3 s). */
const PREPARE_LIMIT_MS = 20_000;
/** As root also the place where agents number themselves, whatever their run folder: numbers stand for user ids of the whole machine. */
const ROOT_RUN_FOLDER = '/run/perigee';
const OPEN_DESCRIPTORS = 'Files that were open when the agent started stay open in its sessions.';
/** Limits of edgeFactsSchema: a facts message beyond them would be refused, and the edge with it. */
const MAX_MISSING_PROTECTIONS = 32;
const MAX_PROTECTION_LENGTH = 200;
/** Not while the taken slot is starting its title: that one needs the cores. */
const REWARM_MS = 2500;

export type StartEdgeAgentOptions = {
  readonly config: EdgeConfig;
  readonly logger: Logger;
  readonly key: EdgeKey;
  readonly titles: readonly Title[];
  /** ws:// or wss:// address of /ws/edge. */
  readonly signalingUrl: string;
  /** Whether only browsers on this machine are meant: media then gathers on loopback, unless PERIGEE_ICE_ADDRESSES says otherwise. */
  readonly isLoopbackOnly: boolean;
};

export type RunningEdgeAgent = {
  /** Sentences about protections that this machine cannot give. */
  readonly missingProtections: readonly string[];
  /** Resolves when the first slot is warm; false when it could not be made. */
  readonly warm: Promise<boolean>;
  /** Encoders found by trial, best first; empty before `warm`. */
  encoders(): readonly string[];
  /** Encoders that were tried before it, with the reason. */
  rejectedEncoders(): readonly string[];
  /** Ends every session politely, then the link. Idempotent. */
  close(): Promise<void>;
};

/** Cleans up after dead agents, then starts. @throws {ConfigError} config */
export async function startEdgeAgent(options: StartEdgeAgentOptions): Promise<RunningEdgeAgent> {
  const { config, logger } = options;
  const machine = await prepareMachine(options);
  const { protections } = machine.parts;
  let heartbeatTimer: NodeJS.Timeout | undefined;
  const agent: EdgeAgent = new EdgeAgent({
    slots: config.slots,
    keepWarm: config.warmSlots > 0,
    titles: new Map(options.titles.map((title) => [title.manifest.id, title])),
    makeParts: (slot) =>
      new RealParts({ slot, portRange: machine.ports[slot] ?? null, ...machine.parts }),
    send: (message) => link.send(message),
    timeouts: {
      prepareMs: PREPARE_LIMIT_MS,
      firstDrawMs: config.firstDrawMs,
      abandonedMs: config.abandonedMs,
      rewarmMs: REWARM_MS,
    },
    logger,
    clock: systemClock,
  });
  const link: EdgeLink = new EdgeLink({
    url: options.signalingUrl,
    key: options.key,
    facts: () => facts(options, { missing: protections.missing, encoders: agent.encoders }),
    logger,
    timers: systemClock,
    random: Math.random,
    onMessage: (message) => {
      agent.onMessage(message);
    },
    onOpen: (intervalMs) => {
      const beat = (): void => {
        link.send(agent.heartbeat());
      };
      beat();
      heartbeatTimer = setInterval(beat, intervalMs);
    },
    onDown: () => {
      clearInterval(heartbeatTimer);
    },
  });
  const close = async (): Promise<void> => {
    await agent.close();
    clearInterval(heartbeatTimer);
    link.close();
    machine.release();
  };
  let closing: Promise<void> | undefined;
  const warm = agent.start();
  void warm.then(() => {
    link.send({
      type: 'edgeFacts',
      facts: facts(options, { missing: protections.missing, encoders: agent.encoders }),
    });
  });
  return {
    missingProtections: protections.missing,
    warm,
    encoders: () => agent.encoders,
    rejectedEncoders: () => agent.rejectedEncoders,
    close: () => (closing ??= close()),
  };
}

type Machine = {
  readonly parts: Omit<RealPartsOptions, 'slot' | 'portRange'>;
  readonly ports: ReturnType<typeof splitPorts>;
  readonly release: () => void;
};

/** Takes an agent number, removes what dead agents left, and finds out what this machine can give. */
async function prepareMachine(options: StartEdgeAgentOptions): Promise<Machine> {
  const { config, logger } = options;
  const range = config.icePortMin === 0 ? null : ([config.icePortMin, config.icePortMax] as const);
  const ports = splitPorts(range, config.slots);
  const runFolder = resolveRunFolder(config.runFolder);
  checkConfig(options, runFolder);
  // 0711: the sessions' users pass it, and only the agent lists it.
  mkdirSync(runFolder, { recursive: true, mode: 0o711 });
  const number = claimAgentNumber(process.getuid?.() === 0 ? ROOT_RUN_FOLDER : runFolder);
  const uidBase = config.uidBase + number.number * UIDS_PER_AGENT;
  checkReachable(runFolder, uidBase);
  const cgroups = detectCgroups(runFolder);
  await cleanOrphans(runFolder, cgroups, logger);
  const found = await detectProtections(cgroups, uidBase);
  const protections = keepDescriptorsFromChildren()
    ? found
    : { ...found, missing: [...found.missing, OPEN_DESCRIPTORS] };
  return {
    parts: { uidBase, runFolder, cgroups, protections, ...sharedParts(options) },
    ports,
    release: () => {
      cgroups.close();
      number.release();
    },
  };
}

/** What no single key can tell. All problems at once. */
function checkConfig({ config, titles }: StartEdgeAgentOptions, runFolder: string): void {
  const problems: ConfigProblem[] = [];
  if (isRunFolderTooLong(runFolder)) {
    const problem = `${runFolder} is too long a path for unix sockets below it; choose a shorter one`;
    problems.push({ where: 'PERIGEE_RUN_DIR', problem });
  }
  if (config.targetBitrateBps > config.maxBitrateBps) {
    const problem = `must be at most PERIGEE_MAX_BITRATE_BPS (${String(config.maxBitrateBps)})`;
    problems.push({ where: 'PERIGEE_TARGET_BITRATE_BPS', problem });
  }
  const trusted = new Set(config.nestedSandboxTitles.split(','));
  for (const { folder, manifest } of titles) {
    if (!manifest.nestedSandbox || trusted.has(manifest.id)) continue;
    const problem = `nestedSandbox is for titles that PERIGEE_NESTED_SANDBOX_TITLES names, and ${manifest.id} is not among them`;
    problems.push({ where: `${folder}/title.json`, problem });
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

/** Display, host and title run as users of their own: every folder above the run folder must let them pass. */
function checkReachable(runFolder: string, uidBase: number): void {
  const credentials = hostCredentials(slotIdentity(0, uidBase));
  const closed = credentials === null ? null : closedAncestor(`${runFolder}/sessions`, credentials);
  if (closed === null) return;
  const problem = `the sessions' users cannot pass ${closed}; choose another folder, or chmod a+x ${closed}`;
  throw new ConfigError([{ where: 'PERIGEE_RUN_DIR', problem }]);
}

function sharedParts({
  config,
  logger,
  isLoopbackOnly,
}: StartEdgeAgentOptions): Pick<
  RealPartsOptions,
  'isUnsandboxedAllowed' | 'maxTitleMemoryMb' | 'host' | 'random' | 'logger'
> {
  const given = config.iceAddresses.split(',').filter((address) => address !== '');
  return {
    isUnsandboxedAllowed: config.isUnsandboxedAllowed,
    maxTitleMemoryMb: config.maxTitleMemoryMb,
    host: {
      hostAddresses: given.length === 0 && isLoopbackOnly ? ['127.0.0.1'] : given,
      targetBitrateBps: config.targetBitrateBps,
      maxBitrateBps: config.maxBitrateBps,
      logLevel: logger.level,
    },
    random: Math.random,
    logger,
  };
}

function facts(
  { config, titles }: StartEdgeAgentOptions,
  found: { readonly missing: readonly string[]; readonly encoders: readonly string[] },
): EdgeFacts {
  return {
    edgeNodeId: config.edgeNodeId as EdgeNodeId,
    siteId: config.siteId as SiteId,
    place: config.place,
    softwareVersion: edgePackage.version,
    slots: config.slots,
    titles: titles.map((title) => titleInfo(title.manifest)),
    encoders: [...found.encoders],
    missingProtections: found.missing
      .slice(0, MAX_MISSING_PROTECTIONS)
      .map((sentence) => sentence.slice(0, MAX_PROTECTION_LENGTH)),
    stunUrls: [],
  };
}

/** Short, because unix socket paths below it are limited to 107 bytes. */
function resolveRunFolder(configured: string): string {
  if (configured !== '') return resolve(configured);
  if (process.getuid?.() === 0) return ROOT_RUN_FOLDER;
  return `${process.env['XDG_RUNTIME_DIR'] ?? '/tmp'}/perigee-${String(process.getuid?.() ?? 0)}`;
}
