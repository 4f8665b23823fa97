/** Silence is sent for this long before sending stops (chosen: pauses within speech and music stay, a quiet title costs nothing). */
const HOLD_CHUNKS = 30;

/** What to do with one chunk of 10 ms. */
export type GateDecision = 'send' | 'send-first' | 'skip';

/** Stops the sound while a title is quiet. Only all-zero samples count as silence: a null sink's monitor gives exact zeros. */
export class SilenceGate {
  #silentChunks = HOLD_CHUNKS;

  /** 'send-first' for the first chunk after a pause: a talkspurt begins. */
  decide(samples: Uint8Array): GateDecision {
    if (!isSilent(samples)) {
      const isFirst = this.#silentChunks >= HOLD_CHUNKS;
      this.#silentChunks = 0;
      return isFirst ? 'send-first' : 'send';
    }
    this.#silentChunks = Math.min(HOLD_CHUNKS, this.#silentChunks + 1);
    return this.#silentChunks >= HOLD_CHUNKS ? 'skip' : 'send';
  }
}

function isSilent(samples: Uint8Array): boolean {
  for (const byte of samples) if (byte !== 0) return false;
  return true;
}
