import type { Logger } from './logger.ts';

/** What `background` needs of a logger. */
export type ErrorLog = Pick<Logger, 'error'>;

/**
 * Lets a promise run on its own: a failure is logged under the task's name, never lost and never thrown.
 * @param task short static name
 */
export function background(task: string, promise: Promise<unknown>, logger: ErrorLog): void {
  promise.catch((err: unknown) => {
    logger.error({ err, task }, 'background task failed');
  });
}
