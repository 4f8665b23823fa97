import type { EvenRectangle } from './i420-converter.ts';

/** A rectangle in X's coordinates: may lie partly outside the picture, may be odd. */
export type XRectangle = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** The smallest rectangle around all damage since the last grab. One rectangle, because a grab costs a round trip. */
export class DirtyRectangle {
  #left = Infinity;
  #top = Infinity;
  #right = -Infinity;
  #bottom = -Infinity;

  add({ x, y, width, height }: XRectangle): void {
    if (width <= 0 || height <= 0) return;
    this.#left = Math.min(this.#left, x);
    this.#top = Math.min(this.#top, y);
    this.#right = Math.max(this.#right, x + width);
    this.#bottom = Math.max(this.#bottom, y + height);
  }

  /** Clipped to the (even) picture and widened to even edges, as chroma needs; undefined when nothing is left. Clears. */
  take(pictureWidth: number, pictureHeight: number): EvenRectangle | undefined {
    const x = Math.max(0, this.#left) & ~1;
    const y = Math.max(0, this.#top) & ~1;
    const right = (Math.min(pictureWidth, this.#right) + 1) & ~1;
    const bottom = (Math.min(pictureHeight, this.#bottom) + 1) & ~1;
    const isEmpty = this.#left === Infinity || right <= x || bottom <= y;
    this.#left = this.#top = Infinity;
    this.#right = this.#bottom = -Infinity;
    return isEmpty ? undefined : { x, y, width: right - x, height: bottom - y };
  }
}
