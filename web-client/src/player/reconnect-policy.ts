const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
/** Chosen: spreads the players of a lost edge over time. */
const JITTER_RATIO = 0.2;

/**
 * Wait before reconnection attempt `attempt` (0 = the first, which is immediate), ms: doubles from 250 ms up to 5 s, +- 20 %.
 * `random` lies in 0..1.
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  if (attempt <= 0) return 0;
  const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return Math.round(delayMs * (1 + JITTER_RATIO * (2 * random - 1)));
}
