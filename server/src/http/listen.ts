import { ConfigError } from '@perigee/kit';

/** A listener's address and the key that sets its port. */
export type ListenTarget = {
  readonly host: string;
  readonly port: number;
  readonly portKey: string;
  readonly hostKey: string;
};

/** Turns a failed listen into words for the operator; other errors pass unchanged. */
export function toListenError(error: unknown, target: ListenTarget): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const where = `${target.host}:${String(target.port)}`;
  switch (code) {
    case 'EADDRINUSE':
      return new ConfigError(
        [
          {
            where: target.portKey,
            problem: `${where} is in use by another program; stop it or choose another port (0 lets the system choose)`,
          },
        ],
        { cause: error },
      );
    case 'EACCES':
      return new ConfigError(
        [{ where: target.portKey, problem: `${where} needs rights that this user does not have` }],
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ConfigError(
        [{ where: target.hostKey, problem: `${target.host} is not an address of this machine` }],
        { cause: error },
      );
    default:
      return error;
  }
}
