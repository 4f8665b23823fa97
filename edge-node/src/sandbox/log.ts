/** The part of a pino logger that sandbox, display and sound use; any pino logger fits. */
export type Log = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
};
