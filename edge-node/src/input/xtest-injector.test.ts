import { expect, it } from 'vitest';
import { XtestInjector } from './xtest-injector.ts';

function newInjector() {
  const log: string[] = [];
  let resolution = { width: 1281, height: 721 };
  const injector = new XtestInjector(
    {
      fake: (type, detail, x = 0, y = 0) => log.push([type, detail, x, y].join(' ')),
      sync: () => new Promise(() => undefined),
    },
    () => resolution,
  );
  return { injector, log, resize: (r: typeof resolution) => (resolution = r) };
}

it('maps the picture to the pixels of the screen as it is now', () => {
  const { injector, log, resize } = newInjector();
  injector.moveTo({ x: 65_535, y: 0 });
  resize({ width: 641, height: 481 });
  injector.moveTo({ x: 65_535, y: 70_000 });
  expect(log).toEqual(['motion 0 1280 0', 'motion 0 640 480']);
});

it('takes the first finger for the left button and counts the others', () => {
  const { injector, log } = newInjector();
  injector.touch(4, 'down', { x: 0, y: 0 });
  injector.touch(5, 'down', { x: 9, y: 9 });
  injector.touch(4, 'move', { x: 65_535, y: 0 });
  injector.touch(4, 'up', { x: 65_535, y: 0 });
  expect(log).toEqual([
    'motion 0 0 0',
    'buttonPress 1 0 0',
    'motion 0 1280 0',
    'motion 0 1280 0',
    'buttonRelease 1 0 0',
  ]);
  expect(injector.droppedEvents).toBe(1);
});

it('drops keys that X cannot name', () => {
  const { injector, log } = newInjector();
  injector.key(30, true);
  injector.key(248, true);
  injector.key(0, true);
  injector.button(7, true);
  injector.button(3, true);
  expect(log).toEqual(['keyPress 38 0 0', 'buttonPress 8 0 0']);
  expect(injector.droppedEvents).toBe(3);
});

it('does not wait for ever for a server that hangs', async () => {
  await newInjector().injector.sync(1);
});
