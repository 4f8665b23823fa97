/** Browsers check consent every 2.5 s at least (RFC 7675 5.1) and report on a received stream about once a second; two lost checks are forgiven. */
const DISCONNECTED_AFTER_MS = 6000;
/** Then the player is taken for gone; the session goes on and may be resumed. Chosen: below the 30 s of ICE consent. */
const FAILED_AFTER_MS = 15_000;
/** From the answer to the first media key. Chosen: a full ICE run takes 0.1 s on a good path, about 5 s through bad ones. */
const CONNECT_WITHIN_MS = 15_000;

export type LivenessState = 'connecting' | 'connected' | 'disconnected' | 'failed';

/** Tells a silent peer from a living one by what arrives from it. Pure: time and counter come in with each look. */
export class Liveness {
  #state: LivenessState = 'connecting';
  #sinceMs: number;
  #received = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  connected(nowMs: number): void {
    this.#state = 'connected';
    this.#sinceMs = nowMs;
  }

  /** `received`: anything that grows whenever something arrives. Returns the state; 'failed' is for good. */
  look(received: number, nowMs: number): LivenessState {
    if (this.#state === 'failed') return 'failed';
    const silentMs = nowMs - this.#sinceMs;
    if (this.#state === 'connecting') {
      if (silentMs > CONNECT_WITHIN_MS) this.#state = 'failed';
    } else if (received !== this.#received) {
      this.#received = received;
      this.#sinceMs = nowMs;
      this.#state = 'connected';
    } else if (silentMs > FAILED_AFTER_MS) this.#state = 'failed';
    else if (silentMs > DISCONNECTED_AFTER_MS) this.#state = 'disconnected';
    return this.#state;
  }
}
