import { existsSync, statSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { createFixture, silentLog } from '../sandbox/session-fixture.ts';
import { detectProtections } from '../sandbox/protections.ts';
import { displayCandidates } from './server-command.ts';
import { startDisplay, type RunningDisplay } from './start-display.ts';
import { connectX11 } from './x11-client.ts';

const fixture = createFixture();
afterAll(() => fixture.close());

const resolution = { width: 800, height: 600 };
let slot = 0;
const start = async (
  candidates?: Parameters<typeof startDisplay>[0]['candidates'],
): Promise<RunningDisplay> => {
  const session = fixture.createSession(slot++);
  const chosen = candidates === undefined ? {} : { candidates };
  return startDisplay({ ...session, resolution, log: silentLog, ...chosen });
};

async function answers({ access }: RunningDisplay, cookieHex = access.cookieHex): Promise<string> {
  try {
    const client = await connectX11({ socketPath: access.socketPath, cookieHex, timeoutMs: 5000 });
    client.close();
    return 'yes';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** KEY_LEFT is 105 in linux/input-event-codes.h; X adds 8. */
const EVDEV_LEFT_KEYCODE = 113;
const KEYSYM_LEFT = 0xff51;

/** First keysym of a key code (GetKeyboardMapping, core protocol 101). */
async function keysymOf({ access }: RunningDisplay, keycode: number): Promise<number | undefined> {
  const client = await connectX11({ ...access, timeoutMs: 5000 });
  const reply = await client.ask(101, 0, Buffer.from([keycode, 1, 0, 0]));
  client.close();
  return reply?.readUInt32LE(32);
}

test('without any X server the error says so', async () => {
  await expect(start([])).rejects.toMatchObject({ code: 'display-failed' });
});

// Each server that is installed here, without the sandbox, and in it where one can be made.
const { canSandbox } = await detectProtections(fixture.cgroups);
const possible = displayCandidates().filter(({ isSandboxed }) => canSandbox || !isSandboxed);
describe.each(possible)('$server, sandboxed: $isSandboxed', (candidate) => {
  test('starts, answers with the cookie only, and is gone after close', async () => {
    const display = await start([candidate]);
    expect(display.access.kind).toBe(candidate.server);
    expect(display.rejected).toEqual([]);
    expect(await answers(display)).toBe('yes');
    expect(await answers(display, '00'.repeat(16))).toBe('refused');
    expect(await answers(display, '')).toBe('refused');
    expect(await keysymOf(display, EVDEV_LEFT_KEYCODE)).toBe(KEYSYM_LEFT);
    if (candidate.server === 'xorg-dummy') {
      expect(display.access.resolution).toEqual(resolution);
      const sockets = Object.values(display.access.inputSockets ?? {});
      expect(sockets).toHaveLength(4);
      for (const path of sockets) expect(statSync(path).isSocket()).toBe(true);
    } else {
      expect(display.access.inputSockets).toBeNull();
    }
    expect(display.ipcNamespacePid === null).toBe(!candidate.isSandboxed);
    await display.close();
    await display.exited;
    expect(await answers(display)).toBe('unreachable');
    if (!candidate.isSandboxed) expect(existsSync(display.access.socketPath)).toBe(false);
  });
});

test.each([
  ['in sandboxes', undefined],
  ['without', displayCandidates().filter(({ isSandboxed }) => !isSandboxed)],
])('two displays run side by side without knowing of each other, %s', async (_how, candidates) => {
  const [a, b] = await Promise.all([start(candidates), start(candidates)]);
  expect(await answers(a)).toBe('yes');
  expect(await answers(b)).toBe('yes');
  expect(await answers(a, b.access.cookieHex)).toBe('refused');
  await a.close();
  expect(await answers(b)).toBe('yes');
  await b.close();
});

test.runIf(possible.length > 2)(
  'a server that cannot start is passed over, and the reason is kept',
  async () => {
    // Without the right to the folder of its socket no server in the sandbox can start.
    const session = fixture.createSession(slot++);
    const broken = { ...session.folders, x11: `${session.folders.root}/missing` };
    const candidates = displayCandidates().filter(({ server }) => server === 'xvfb');
    const display = await startDisplay({
      ...session,
      folders: broken,
      resolution,
      log: silentLog,
      candidates,
    });
    expect(display.rejected[0]).toMatch(/^xvfb in a sandbox: /);
    await display.close();
  },
);
