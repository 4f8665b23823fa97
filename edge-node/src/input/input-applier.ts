import type { AppliedEvent, InputUpdate } from '@perigee/protocol';
import type { Injector, Position } from './injector.ts';
import { WheelAccumulator } from './wheel-accumulator.ts';

/** What types text; in tests a list. */
export type TextTyper = { type(text: string): Promise<void> };

/** Updates that wait while text is being typed; beyond it motion is dropped (chosen: half a second of 1000 Hz input). */
const MAX_WAITING = 512;
/** How long key events and typed text may wait for one another. Measured 0.1 ms on a living server. */
const SYNC_LIMIT_MS = 100;

/**
 * Puts what a player did into the session, in order. Everything goes out at once, except behind text: text travels over another
 * connection to the X server, so what comes after it waits until the server has handled it.
 */
export class InputApplier {
  readonly #injector: Injector;
  readonly #text: TextTyper | undefined;
  readonly #wheel = new WheelAccumulator();
  readonly #waiting: InputUpdate[] = [];
  /** Where each finger was last: it is lifted there, so that a release is no swipe. */
  readonly #fingers = new Map<number, Position>();
  /** What is down in the session, with the way to let it go. */
  readonly #held = new Map<string, () => void>();
  #isTyping = false;
  #droppedEvents = 0;

  constructor(injector: Injector, text: TextTyper | undefined) {
    this.#injector = injector;
    this.#text = text;
  }

  /** Events that could not be injected so far. */
  get droppedEvents(): number {
    return this.#droppedEvents + this.#injector.droppedEvents;
  }

  /** Applies one update; returns whether anything was (or will be) injected. */
  apply(update: InputUpdate): boolean {
    if (isEmpty(update)) return false;
    if (this.#isTyping) this.#wait(update);
    else this.#run(update);
    return true;
  }

  /** How many keys, buttons and fingers are down. */
  get heldCount(): number {
    return this.#held.size;
  }

  /** Lets everything go at once and forgets what waits: the player is gone. */
  releaseAll(): void {
    this.#waiting.length = 0;
    this.#wheel.reset();
    for (const release of this.#held.values()) release();
    this.#held.clear();
  }

  #wait(update: InputUpdate): void {
    if (this.#waiting.length < MAX_WAITING) {
      this.#waiting.push(update);
      return;
    }
    // An up may be among what is lost now, so nothing may stay down.
    this.#droppedEvents += this.#waiting.reduce((sum, { events }) => sum + events.length, 0);
    this.releaseAll();
  }

  #run(update: InputUpdate): void {
    const { relativeX, relativeY } = update;
    if (relativeX !== 0 || relativeY !== 0) this.#injector.moveBy(relativeX, relativeY);
    for (const step of this.#wheel.add(update.wheelX, update.wheelY)) this.#injector.wheel(step);
    for (const [i, event] of update.events.entries()) {
      if (event.kind === 'text' && this.#text !== undefined) {
        const rest = { ...update, ...NO_MOTION, events: update.events.slice(i + 1) };
        this.#waiting.unshift(rest);
        void this.#type(this.#text, event.text);
        return;
      }
      this.#inject(event);
    }
    if (update.pointer !== undefined) this.#injector.moveTo(update.pointer);
    for (const { id, x, y } of update.touchMoves) {
      this.#fingers.set(id, { x, y });
      this.#injector.touch(id, 'move', { x, y });
    }
  }

  async #type(typer: TextTyper, text: string): Promise<void> {
    this.#isTyping = true;
    await this.#injector.sync(SYNC_LIMIT_MS);
    await within(typer.type(text), SYNC_LIMIT_MS);
    this.#isTyping = false;
    this.#runWaiting();
  }

  /** Until nothing waits, or text is being typed again. */
  #runWaiting(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#run(next);
      if (this.#isTyping) return;
    }
  }

  #inject(event: AppliedEvent): void {
    switch (event.kind) {
      case 'key':
        this.#hold(`key ${String(event.code)}`, event.isDown, (isDown) => {
          this.#injector.key(event.code, isDown);
        });
        return;
      case 'button':
        if (!event.isRelative) this.#injector.moveTo(event);
        this.#hold(`button ${String(event.button)}`, event.isDown, (isDown) => {
          this.#injector.button(event.button, isDown);
        });
        return;
      case 'touchDown':
      case 'touchUp':
        this.#fingers.set(event.id, { x: event.x, y: event.y });
        this.#hold(`touch ${String(event.id)}`, event.kind === 'touchDown', (isDown) => {
          const position = this.#fingers.get(event.id) ?? event;
          this.#injector.touch(event.id, isDown ? 'down' : 'up', position);
        });
        return;
      case 'text':
        this.#droppedEvents += 1; // no keyboard to type with
    }
  }

  /** Downs of what is down and ups of what is up change nothing. */
  #hold(name: string, isDown: boolean, inject: (isDown: boolean) => void): void {
    if (this.#held.has(name) === isDown) return;
    if (isDown) {
      this.#held.set(name, () => {
        inject(false);
      });
    } else this.#held.delete(name);
    inject(isDown);
  }
}

const NO_MOTION = { relativeX: 0, relativeY: 0, wheelX: 0, wheelY: 0 } as const;

function isEmpty(update: InputUpdate): boolean {
  return (
    update.events.length === 0 &&
    update.pointer === undefined &&
    update.touchMoves.length === 0 &&
    update.relativeX === 0 &&
    update.relativeY === 0 &&
    update.wheelX === 0 &&
    update.wheelY === 0
  );
}

/** Resolves with the promise or after the limit; a rejection counts as done. */
async function within(promise: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([promise.catch(() => undefined), limit]);
  clearTimeout(timer);
}
