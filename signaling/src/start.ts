// Signaling: where players are placed and connected, and where edges are linked. On the server's port as a plugin, or on its own.
import type { AddressInfo } from 'node:net';
import fastify, { LogController, type FastifyBaseLogger } from 'fastify';
import { signalingPlugin } from './plugin.ts';
import type { SignalingServiceOptions } from './service.ts';

export {
  parseSignalingConfig,
  signalingEnvironment,
  type SignalingConfig,
  type StandaloneSignalingConfig,
} from './config.ts';
export { measuredPolicy } from './placement/measured-policy.ts';
export type {
  Candidate,
  PlacementPolicy,
  ProbeSite,
  RankedCandidate,
  SiteMeasurement,
} from './placement/policy.ts';
export { signalingPlugin } from './plugin.ts';
export type { SignalingServiceOptions } from './service.ts';

export type RunningSignaling = {
  readonly port: number;
  /** Idempotent. */
  close(): Promise<void>;
};

/** Starts signaling on a listener of its own (no REST, no web client). @throws what listen throws; nothing is left open then */
export async function startSignaling(
  options: SignalingServiceOptions & { readonly listenHost: string; readonly port: number },
): Promise<RunningSignaling> {
  const logger: FastifyBaseLogger = options.logger;
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  });
  await app.register(signalingPlugin(options));
  try {
    await app.listen({ host: options.listenHost, port: options.port });
  } catch (error) {
    await app.close();
    throw error;
  }
  const { port } = app.server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return { port, close: () => (closing ??= app.close()) };
}
