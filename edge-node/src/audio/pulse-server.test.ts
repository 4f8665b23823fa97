import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { titleCredentials } from '../sandbox/identity.ts';
import { buildLaunch, findProgram } from '../sandbox/launch.ts';
import { createFixture, type TestSession } from '../sandbox/session-fixture.ts';
import { startPulseServer } from './pulse-server.ts';

const fixture = createFixture();
afterAll(() => fixture.close());

const isInstalled = findProgram('pulseaudio') !== null && findProgram('pactl') !== null;

test.runIf(!isInstalled)('without PulseAudio the error says what is missing', async () => {
  await expect(startPulseServer(fixture.createSession(0))).rejects.toMatchObject({
    code: 'sound-failed',
  });
});

// Needs pulseaudio and pulseaudio-utils.
describe.runIf(isInstalled)('the sound server', () => {
  /** Runs pactl as the title would, with nothing but the socket. */
  function pactl(session: TestSession, socketPath: string, ...args: string[]): string {
    const launch = buildLaunch({
      command: ['pactl', ...args],
      credentials: titleCredentials(session.identity),
    });
    try {
      return execFileSync(launch.file, launch.args, {
        env: { PATH: '/usr/bin:/bin', PULSE_SERVER: `unix:${socketPath}`, HOME: '/nonexistent' },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
  }

  test('has one sink of 48 kHz stereo that is the default, and no client can change that', async () => {
    const session = fixture.createSession(1);
    const server = await startPulseServer(session);
    const { socketPath } = server;
    expect(statSync(socketPath).isSocket()).toBe(true);
    expect(pactl(session, socketPath, 'list', 'short', 'sinks')).toMatch(
      /perigee\s.*s16le 2ch 48000Hz/,
    );
    expect(pactl(session, socketPath, 'info')).toContain('Default Source: perigee.monitor');
    expect(pactl(session, socketPath, 'load-module', 'module-null-sink')).toMatch(/Failure/);
    expect(pactl(session, socketPath, 'exit')).toMatch(/Access denied/);
    // Unloading is not refused but without effect.
    pactl(session, socketPath, 'unload-module', 'module-null-sink');
    expect(pactl(session, socketPath, 'list', 'short', 'sinks')).toContain('perigee');
    await server.close();
    await server.exited;
    expect(existsSync(socketPath)).toBe(false);
  });
});
