import { expect, it } from 'vitest';
import type { AppliedEvent, InputUpdate } from '@perigee/protocol';
import type { Injector } from './injector.ts';
import { InputApplier } from './input-applier.ts';

const NOTHING: InputUpdate = {
  relativeX: 0,
  relativeY: 0,
  wheelX: 0,
  wheelY: 0,
  events: [],
  pointer: undefined,
  touchMoves: [],
};

function newApplier() {
  const log: string[] = [];
  const injector: Injector = {
    kind: 'inputtest',
    droppedEvents: 0,
    key: (code, isDown) => log.push(`key ${String(code)} ${isDown ? 'down' : 'up'}`),
    button: (button, isDown) => log.push(`button ${String(button)} ${isDown ? 'down' : 'up'}`),
    moveTo: ({ x, y }) => log.push(`to ${String(x)},${String(y)}`),
    moveBy: (x, y) => log.push(`by ${String(x)},${String(y)}`),
    wheel: (step) => log.push(`wheel ${step}`),
    touch: (id, phase, { x, y }) =>
      log.push(`touch ${String(id)} ${phase} ${String(x)},${String(y)}`),
    sync: () => Promise.resolve(),
    close: () => undefined,
  };
  let finishTyping = (): void => undefined;
  const applier = new InputApplier(injector, {
    type: (text) => {
      log.push(`type ${text}`);
      return new Promise((resolve) => {
        finishTyping = resolve;
      });
    },
  });
  const apply = (...events: AppliedEvent[]): boolean => applier.apply({ ...NOTHING, events });
  return {
    applier,
    apply,
    log,
    finish: () => {
      finishTyping();
    },
  };
}

/** Lets promises that are due run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const key = (code: number, isDown: boolean): AppliedEvent => ({ kind: 'key', code, isDown });

it('injects motion before events and state after them, at once', () => {
  const { applier, log } = newApplier();
  applier.apply({
    ...NOTHING,
    relativeX: 3,
    relativeY: -1,
    wheelY: 120,
    events: [{ kind: 'button', button: 2, isDown: true, x: 7, y: 8, isRelative: false }],
    pointer: { x: 1, y: 2 },
    touchMoves: [{ id: 4, x: 5, y: 6 }],
  });
  expect(log).toEqual([
    'by 3,-1',
    'wheel down',
    'to 7,8',
    'button 2 down',
    'to 1,2',
    'touch 4 move 5,6',
  ]);
});

it('does not move the pointer for a button of pointer lock', () => {
  const { apply, log } = newApplier();
  apply({ kind: 'button', button: 0, isDown: true, x: 7, y: 8, isRelative: true });
  expect(log).toEqual(['button 0 down']);
});

it('does nothing for an update without news', () => {
  const { applier, log } = newApplier();
  expect(applier.apply(NOTHING)).toBe(false);
  expect(log).toEqual([]);
});

it('holds back what comes after text until it is typed, in order', async () => {
  const { apply, log, finish } = newApplier();
  apply(key(1, true), { kind: 'text', text: 'hi' }, key(1, false));
  expect(apply(key(2, true))).toBe(true);
  await settle();
  expect(log).toEqual(['key 1 down', 'type hi']);
  finish();
  await settle();
  expect(log).toEqual(['key 1 down', 'type hi', 'key 1 up', 'key 2 down']);
});

it('types several texts one after the other', async () => {
  const { apply, log, finish } = newApplier();
  apply({ kind: 'text', text: 'one' }, { kind: 'text', text: 'two' }, key(3, true));
  await settle();
  expect(log).toEqual(['type one']);
  finish();
  await settle();
  finish();
  await settle();
  expect(log).toEqual(['type one', 'type two', 'key 3 down']);
});

it('lets go of everything that is down, fingers where they were last', () => {
  const { applier, apply, log } = newApplier();
  apply(key(30, true), { kind: 'touchDown', id: 3, x: 1, y: 2 });
  applier.apply({ ...NOTHING, touchMoves: [{ id: 3, x: 10, y: 20 }] });
  log.length = 0;
  applier.releaseAll();
  expect(log).toEqual(['key 30 up', 'touch 3 up 10,20']);
  applier.releaseAll();
  expect(log).toHaveLength(2);
  expect(applier.heldCount).toBe(0);
});

it('injects nothing of what waited when the player left during typing', async () => {
  const { applier, apply, log, finish } = newApplier();
  apply({ kind: 'text', text: 'hi' });
  await settle();
  apply(key(5, true));
  applier.releaseAll();
  finish();
  await settle();
  expect(log).toEqual(['type hi']);
  apply(key(6, true));
  expect(log).toEqual(['type hi', 'key 6 down']);
});

it('leaves no key down when too much waits behind text', async () => {
  const { applier, apply, log, finish } = newApplier();
  apply(key(30, true), { kind: 'text', text: 'hi' });
  for (let i = 0; i < 2000; i++) apply(key(31, i % 2 === 0));
  await settle();
  finish();
  await settle();
  apply(key(30, false), key(31, false));
  const balance = (code: string): number =>
    log.filter((l) => l === `key ${code} down`).length -
    log.filter((l) => l === `key ${code} up`).length;
  expect([balance('30'), balance('31'), applier.heldCount]).toEqual([0, 0, 0]);
  expect(applier.droppedEvents).toBeGreaterThan(0);
});

it('ignores an up of what is not down and a second down', () => {
  const { apply, log } = newApplier();
  apply(key(1, false), key(2, true), key(2, true));
  expect(log).toEqual(['key 2 down']);
});
