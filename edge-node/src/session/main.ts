// Entry of the session host process: `node session/main.ts` with an IPC channel (serialization 'advanced') and PERIGEE_HOST_CONFIG.
// The only place that reads the environment and wires objects.
import { createLogger, systemClock, type Logger } from '@perigee/kit';
import { SoundSource } from '../audio/sound-source.ts';
import { createMediaWorkerSource } from '../capture/media-worker-source.ts';
import { workingEncoders } from '../encode/open-encoder.ts';
import { LossController } from '../congestion/loss-controller.ts';
import { openInput } from '../input/open-input.ts';
import { isWeriftFault } from '../transport/werift-internals.ts';
import { WebRtcPeer } from '../transport/webrtc-peer.ts';
import { parseHostConfig } from './host-config.ts';
import type { AgentToHost, HostConfig, HostToAgent } from './ipc.ts';
import { SessionHost } from './session-host.ts';
import type { SessionParts } from './session-parts.ts';

/** After this the process ends however far its closing came. */
const EXIT_WITHIN_MS = 3000;
/** A hostile peer must not fill the log. */
const MAX_LOGGED_FAULTS = 10;

const nowUs = (): number => (performance.timeOrigin + performance.now()) * 1000;

function sendToAgent(message: HostToAgent): void {
  if (!process.connected) return;
  // The callback takes errors that would otherwise be an 'error' event: the agent may be gone any time.
  process.send?.(message, undefined, undefined, () => undefined);
}

function createParts(config: HostConfig, logger: Logger): SessionParts {
  const { display, pulseSocketPath, ice, targetBitrateBps, maxBitrateBps } = config;
  return {
    createSource: (events) => createMediaWorkerSource({ display, targetBitrateBps, events }),
    tryOtherCodecs: () => workingEncoders(['vp8'], display.resolution),
    openInput: (resolution) => openInput(display, resolution),
    openSound:
      pulseSocketPath === null
        ? undefined
        : (events) =>
            new SoundSource({ socketPath: pulseSocketPath, timers: systemClock, nowUs, ...events }),
    createPeer: () => WebRtcPeer.create({ ice, nowUs, random: Math.random }),
    createController: () =>
      new LossController({ startBitrateBps: targetBitrateBps, maxBitrateBps }),
    send: sendToAgent,
    onClosed: (exitCode) => {
      process.exitCode = exitCode;
      // Let what was just said reach the agent.
      if (process.connected) process.disconnect();
      setImmediate(() => process.exit(exitCode));
    },
    time: systemClock,
    nowUs,
    logger,
  };
}

function main(): void {
  const config = parseHostConfig(process.env['PERIGEE_HOST_CONFIG']);
  const logger = createLogger({ name: 'session-host', level: config.logLevel }).child({
    slot: config.slot,
  });
  const host = new SessionHost(createParts(config, logger), config.display.resolution);
  const end = (code: 'edge-internal' | 'edge-draining', message: string): void => {
    setTimeout(() => process.exit(1), EXIT_WITHIN_MS).unref();
    host.close({ code, message, logTail: [] }).catch(() => process.exit(1));
  };
  const crash = (error: unknown): void => {
    logger.fatal({ err: error }, 'uncaught');
    setTimeout(() => process.exit(1), EXIT_WITHIN_MS).unref();
    host.fail('session-crashed', error instanceof Error ? (error.stack ?? '') : String(error));
  };
  let libraryFaults = 0;
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', (error) => {
    if (!isWeriftFault(error)) crash(error);
    else if (libraryFaults++ < MAX_LOGGED_FAULTS)
      logger.warn({ err: error }, 'fault inside the WebRTC library');
  });
  process.on('message', (message: AgentToHost) => {
    host.handle(message);
  });
  process.on('disconnect', () => {
    end('edge-internal', 'The edge node stopped.');
  });
  process.on('SIGTERM', () => {
    end('edge-draining', 'The edge node stopped.');
  });
  // Ctrl-C goes to the whole process group; the agent decides.
  process.on('SIGINT', () => undefined);
  host.start().catch(crash);
}

main();
