import { destination, pino, type DestinationStream, type Logger as PinoLogger } from 'pino';

/** Structured logger: static message, values in fields, `err` for errors, personal data only under `pii`. */
export type Logger = PinoLogger;

/** Levels from loudest to quietest. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LoggerOptions = {
  readonly name: string;
  readonly level: LogLevel;
  /** Where lines go; standard error by default, so that standard output stays for what a command prints. */
  readonly stream?: DestinationStream;
};

/** SDP, candidates, addresses, tokens and typed keys are logged under this field only, and it is removed. */
const PERSONAL_PATHS = ['pii', '*.pii', '*.*.pii'];

/** Creates the process's logger. Lines are JSON; fields named `pii` never leave the process. */
export function createLogger({ name, level, stream }: LoggerOptions): Logger {
  return pino(
    { name, level, redact: { paths: PERSONAL_PATHS, remove: true } },
    stream ?? destination({ fd: 2, sync: true }),
  );
}
