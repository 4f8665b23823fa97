// An X server that hangs does not exit. The session must end with a message all the same.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { descendants } from '@perigee/benchmarks/lib/processes.ts';
import { createWorld, failureOf, openProbe, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ PERIGEE_SLOTS: '1' });
});
afterAll(async () => {
  await world.close();
});

it('ends the session with display-lost, and the slot is free again', async () => {
  const page = await openProbe(await world.newPerson(), world.product.address);
  const server = descendants(world.product.pid).find((p) => /^\S*\/(Xorg|Xvfb) /.test(p.command));
  process.kill(server?.pid ?? 0, 'SIGSTOP');
  expect((await failureOf(page, 30_000)).code).toBe('display-lost');
  await expect
    .poll(async () => (await world.product.slots()).get('free'), { timeout: 20_000 })
    .toBe(1);
});
