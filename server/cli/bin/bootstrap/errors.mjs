/** Set-up cannot go on and a person must act; the message holds the remedy. Exit status 1. */
export class BootstrapError extends Error {
  /** @type {string} */
  code;

  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'BootstrapError';
    this.code = code;
  }
}
