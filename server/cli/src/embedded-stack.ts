// The composition root of the embedded stack: server, signaling and one edge node in one process, on one public port.
// The edge joins as every edge does: over an EdgeLink, here on loopback, with a key that is admitted first.
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  edgeEnvironment,
  loadOrCreateEdgeKey,
  startEdgeAgent,
  type Title,
} from '@perigee/edge-node';
import {
  createLogger,
  createMemoryBus,
  createShutdown,
  parseEnvironment,
  systemClock,
  type EnvironmentValues,
  type Logger,
  type Shutdown,
} from '@perigee/kit';
import type { EdgeNodeId } from '@perigee/protocol';
import { openControlStore, serverEnvironment, startServer } from '@perigee/server';
import { signalingEnvironment, signalingPlugin } from '@perigee/signaling';
import { toFolderProblem } from './folder-problem.ts';
import { chooseTitles } from './titles.ts';

const WEB_ROOT = fileURLToPath(new URL('../../../web-client/dist', import.meta.url));

export const embeddedEnvironment = {
  ...serverEnvironment,
  ...signalingEnvironment,
  ...edgeEnvironment,
  // A person reads this terminal: what matters is said in plain lines, the log only speaks up when something is wrong.
  logLevel: { ...serverEnvironment.logLevel, defaultValue: 'warn' as const },
} as const;

type EmbeddedConfig = EnvironmentValues<typeof embeddedEnvironment>;

export type EmbeddedStack = {
  /** What a browser on this machine opens, such as http://127.0.0.1:8080 */
  readonly address: string;
  readonly titles: readonly Title[];
  readonly close: () => Promise<boolean>;
};

export type EmbeddedStackOptions = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Offer this title alone (`perigee run`); null offers the edge's own and PERIGEE_TITLE_FOLDERS. */
  readonly onlyTitleFolder: string | null;
};

/**
 * Starts everything and says on standard output what it does. SIGINT and SIGTERM close it in the reverse order.
 * @throws {ConfigError} all problems at once; whatever was started is closed then
 */
export async function startEmbeddedStack(options: EmbeddedStackOptions): Promise<EmbeddedStack> {
  const config = parseEnvironment(options.environment, embeddedEnvironment);
  const logger = createLogger({ name: 'perigee', level: config.logLevel });
  const shutdown = createShutdown({ logger, partLimitMs: 10_000 });
  try {
    return await start({ config, options, logger, shutdown });
  } catch (error) {
    await shutdown.run('start failed');
    const folders = [
      { key: 'PERIGEE_DATA_DIR', folder: resolve(config.dataDir) },
      { key: 'PERIGEE_EDGE_DATA_DIR', folder: edgeFolderOf(config) },
    ];
    if (config.runFolder !== '') {
      folders.push({ key: 'PERIGEE_RUN_DIR', folder: resolve(config.runFolder) });
    }
    throw toFolderProblem(error, folders);
  }
}

async function start(context: {
  config: EmbeddedConfig;
  options: EmbeddedStackOptions;
  logger: Logger;
  shutdown: Shutdown;
}): Promise<EmbeddedStack> {
  const { config, options, logger, shutdown } = context;
  const { titles, skipped } = chooseTitles({
    onlyFolder: options.onlyTitleFolder,
    moreFolders: config.titleFolders.split(':').filter((folder) => folder !== ''),
  });
  for (const reason of skipped) process.stdout.write(`title left out: ${reason}\n`);
  const dataDir = resolve(config.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // `run` keeps its catalogue in memory: a title that somebody tries must not stay in the catalogue of `npm start`.
  const store = await openControlStore({
    dataDir: options.onlyTitleFolder === null ? dataDir : null,
  });
  shutdown.add('store', () => store.close());
  const bus = createMemoryBus({ logger });
  shutdown.add('bus', () => bus.close());

  const key = loadOrCreateEdgeKey(join(edgeFolderOf(config), 'edge-key.pem'));
  const edgeNodeId = config.edgeNodeId as EdgeNodeId;
  const publicKeyHex = Buffer.from(key.publicKey).toString('hex');
  await store.edges.admit({ publicKeyHex, edgeNodeId });

  const signaling = signalingPlugin({
    config,
    logger,
    bus,
    clock: systemClock,
    random: Math.random,
  });
  const server = await startServer({
    config,
    logger,
    bus,
    store,
    webRoot: WEB_ROOT,
    plugins: [signaling],
  });
  shutdown.add('server', () => server.close());
  shutdown.handleSignals();

  const agent = await startEdgeAgent({
    config,
    logger,
    key,
    titles,
    signalingUrl: `${server.address.replace(/^http/, 'ws')}/ws/edge`,
    isLoopbackOnly: isLoopback(config.listenHost),
  });
  shutdown.add('edge', () => agent.close(), 12_000);
  for (const sentence of agent.missingProtections)
    process.stdout.write(`missing protection: ${sentence}\n`);
  process.stdout.write('preparing a warm session host ...\n');
  if (await agent.warm) {
    const rejected = agent.rejectedEncoders().map((reason) => `\n  not ${reason}`);
    process.stdout.write(`encoder: ${agent.encoders().join(', ')}${rejected.join('')}\n`);
  } else {
    process.stdout.write('no session host could be prepared; the log above says why\n');
  }
  return { address: server.address, titles, close: () => shutdown.run('closed') };
}

function edgeFolderOf(config: EmbeddedConfig): string {
  if (config.edgeDataFolder !== '') return resolve(config.edgeDataFolder);
  return join(resolve(config.dataDir), 'edge');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
