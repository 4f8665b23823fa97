import type { WheelStep } from './injector.ts';

/** Units of one notch, as in the wheel's counters. */
const NOTCH = 120;
/** Steps made of one packet at most; the rest is forgotten (chosen: a hostile counter jump must not become 270 clicks). */
const MAX_STEPS = 16;

/** Turns fine wheel motion into whole notches, keeping the remainder. Positive is down and right, as in the DOM. */
export class WheelAccumulator {
  #x = 0;
  #y = 0;

  /** Steps to inject for this motion, in 1/120 notch. */
  add(deltaX: number, deltaY: number): WheelStep[] {
    const vertical = take(this.#y, deltaY);
    const horizontal = take(this.#x, deltaX);
    this.#y = vertical.rest;
    this.#x = horizontal.rest;
    return [...repeat(vertical.steps, 'down', 'up'), ...repeat(horizontal.steps, 'right', 'left')];
  }

  /** Forgets the remainder (the player let go). */
  reset(): void {
    this.#x = 0;
    this.#y = 0;
  }
}

function take(before: number, delta: number): { steps: number; rest: number } {
  // A change of direction begins afresh: half a notch back must not cost the first half of the way.
  const sum = Math.sign(before) * Math.sign(delta) < 0 ? delta : before + delta;
  const steps = Math.trunc(sum / NOTCH);
  return { steps, rest: sum - steps * NOTCH };
}

function repeat(steps: number, positive: WheelStep, negative: WheelStep): WheelStep[] {
  const count = Math.min(MAX_STEPS, Math.abs(steps));
  return new Array<WheelStep>(count).fill(steps > 0 ? positive : negative);
}
