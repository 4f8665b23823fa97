import {
  choiceKey,
  integerKey,
  LOG_LEVELS,
  parseEnvironment,
  textKey,
  type EnvironmentValues,
} from '@perigee/kit';

const HOST = /^[A-Za-z0-9._:-]{1,253}$/;

/** Environment keys of the server; `perigee up` merges them with those of the other parts. */
export const serverEnvironment = {
  listenHost: textKey('PERIGEE_LISTEN_HOST', {
    default: '127.0.0.1',
    pattern: HOST,
    allowed: 'a host name or an IP address',
    help: 'Address that players, edges and the REST interface connect to. Loopback unless set.',
  }),
  port: integerKey('PERIGEE_PORT', {
    default: 8080,
    min: 0,
    max: 65_535,
    help: 'TCP port of that listener; 0 lets the system choose one.',
  }),
  metricsListenHost: textKey('PERIGEE_METRICS_LISTEN_HOST', {
    default: '127.0.0.1',
    pattern: HOST,
    allowed: 'a host name or an IP address',
    help: 'Address of the Prometheus listener (/metrics).',
  }),
  metricsPort: integerKey('PERIGEE_METRICS_PORT', {
    default: 9464,
    min: 0,
    max: 65_535,
    help: 'TCP port of the Prometheus listener; 0 lets the system choose one.',
  }),
  dataDir: textKey('PERIGEE_DATA_DIR', {
    default: '.perigee',
    pattern: /^[^\0]{1,1024}$/,
    allowed: 'a path',
    help: 'Folder of the database and of keys; made with mode 0700.',
  }),
  logLevel: choiceKey('PERIGEE_LOG_LEVEL', {
    default: 'info',
    choices: LOG_LEVELS,
    help: 'Least important log lines that are written.',
  }),
  apiRequestsPerMinute: integerKey('PERIGEE_API_REQUESTS_PER_MINUTE', {
    default: 600,
    min: 1,
    max: 1_000_000,
    help: 'REST requests that one address may make in a minute.',
  }),
} as const;

export type ServerConfig = EnvironmentValues<typeof serverEnvironment>;

/**
 * The server's configuration when it runs on its own.
 * @throws {ConfigError} config: all problems at once
 */
export function parseServerConfig(
  environment: Readonly<Record<string, string | undefined>>,
): ServerConfig {
  return parseEnvironment(environment, serverEnvironment);
}
