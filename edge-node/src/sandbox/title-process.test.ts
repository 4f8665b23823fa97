import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningDisplay } from '../display/start-display.ts';
import { connectX11 } from '../display/x11-client.ts';
import { detectProtections } from './protections.ts';
import { createFixture, isRoot, type TestSession } from './session-fixture.ts';
import type { RunningTitle } from './title-process.ts';
import { startTitle } from './title-process.ts';

const fixture = createFixture();
const { canSandbox, missing } = await detectProtections(fixture.cgroups);

afterAll(async () => {
  await fixture.close();
});

test('a host on which no sandbox can be made refuses titles, unless it was told otherwise', async () => {
  const session = fixture.createSession(7);
  const title = fixture.writeTitle('echo ran');
  const display = {
    socketPath: '/nonexistent/X0',
    cookieHex: '',
    resolution: { width: 1, height: 1 },
  };
  const options = {
    ...session,
    title,
    display: { ...display, kind: 'xvfb', inputSockets: null } as const,
    ipcNamespacePid: null,
    pulseSocketPath: null,
    canSandbox: false,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
  };
  await expect(startTitle({ ...options, allowUnsandboxed: false })).rejects.toMatchObject({
    code: 'sandbox-unavailable',
  });
  const running = await startTitle({ ...options, allowUnsandboxed: true });
  await running.exited;
  expect(running.logTail()).toEqual(['ran']);
});

test('missing protections are sentences', () => {
  for (const sentence of missing) expect(sentence).toMatch(/^[A-Z].{10,200}\.?$/);
});

// Needs user namespaces for bubblewrap.
describe.runIf(canSandbox)('a title in its sandbox', () => {
  let session: TestSession;
  let other: TestSession;
  let display: RunningDisplay;
  let otherDisplay: RunningDisplay;
  let server: Server;

  beforeAll(async () => {
    session = fixture.createSession(1);
    other = fixture.createSession(2);
    writeFileSync(join(other.folders.home, 'secret'), 'secret', { mode: 0o644 });
    [display, otherDisplay] = await Promise.all([
      fixture.startDisplay(session),
      fixture.startDisplay(other),
    ]);
    server = createServer((socket) => socket.end('reached'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.close();
  });

  const start = (script: string, fields?: object): Promise<RunningTitle> =>
    fixture.startTitle(session, display, fixture.writeTitle(script, fields));

  /** Runs a script to its end and gives what it wrote. */
  const run = async (script: string, fields?: object): Promise<string> => {
    const title = await start(script, fields);
    await title.exited;
    return title.logTail().join('\n');
  };

  /** Resolves when the title has written this line. */
  const said = async (title: RunningTitle, line: string): Promise<void> => {
    await expect.poll(() => title.logTail(), { timeout: 10_000, interval: 10 }).toContain(line);
  };

  test('sees its own files, environment and user', async () => {
    const output = await run(
      'pwd; echo "$HOME $DISPLAY $LANG $EXTRA $PULSE_LATENCY_MSEC $SECRET"; id -u; cat "$HOME/.config/a.cfg"; echo x > "$HOME/save" && cat "$HOME/save"',
      { env: { EXTRA: 'a b $(id)' }, settings: { '.config/a.cfg': 'value=1\n' } },
    );
    expect(output.split('\n')).toEqual([
      '/title',
      '/home/player :0 C.UTF-8 a b $(id) 20 ',
      '1000',
      'value=1',
      'x',
    ]);
  });

  test.runIf(process.getuid?.() === 0)('cannot fill the disk: its home is bounded', async () => {
    const output = await run(
      'df -k "$HOME" | tail -n 1 | (read -r fs blocks rest; echo "$fs $blocks"); head -c 1200000000 /dev/zero > "$HOME/full" 2>/dev/null || echo refused; rm -f "$HOME/full"',
    );
    expect(output.split('\n')).toEqual(['tmpfs 1048576', 'refused']);
  });

  test('cannot write outside of its home', async () => {
    const output = await run(
      'for f in /x /usr/x /etc/x /title/x /var/x /home/x /dev/x; do if (echo x > $f) 2>/dev/null; then echo "wrote $f"; fi; done; echo done',
    );
    expect(output).toBe('done');
    for (const path of ['/x', '/etc/x', '/usr/x', '/run/pulse'])
      expect(existsSync(path)).toBe(false);
  });

  test("cannot read another session's files, its own session's control files or the host's", async () => {
    const paths = [
      join(other.folders.home, 'secret'),
      other.folders.x11,
      session.folders.input,
      session.folders.logs,
      fixture.runDir,
      '/root',
      '/etc/shadow',
      '/etc/hostname',
      '/sys/fs/cgroup',
      '/opt',
    ];
    const output = await run(
      `for f in ${paths.join(' ')}; do ls -d "$f" 2>/dev/null; done; ls /home; echo done`,
    );
    expect(output).toBe('player\ndone');
  });

  test.runIf(isRoot)('cannot pass the folder of another session, even without its sandbox', () => {
    const as = (uid: number, path: string): string =>
      execFileSync(
        'setpriv',
        ['--reuid', String(uid), '--regid', String(uid), '--clear-groups', 'cat', path],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      );
    const secret = join(other.folders.root, 'xauthority');
    expect(() => as(session.identity.titleUid, secret)).toThrow();
    expect(as(other.identity.titleUid, secret)).toContain('MIT-MAGIC-COOKIE-1');
  });

  test('cannot reach the network, not even the loopback of the host', async () => {
    const { port } = server.address() as AddressInfo;
    const output = await run(
      `perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(PeerAddr=>"127.0.0.1",PeerPort=>${String(port)},Timeout=>2) ? "reached" : "refused", "\\n"'
       wc -l < /proc/net/dev`,
    );
    // Two lines of heading and `lo`.
    expect(output).toBe('refused\n3');
  });

  test('sees no process but its own', async () => {
    const output = await run('for p in /proc/[0-9]*; do cat $p/comm; done 2>/dev/null');
    expect(new Set(output.split('\n'))).toEqual(new Set(['bwrap', 'run']));
  });

  test('is refused the system calls that kernels are broken through', async () => {
    // Calls that an unprivileged process is otherwise allowed to make (or that fail with another error than EPERM, 1).
    const calls = {
      x64: {
        keyctl: 250,
        ptrace: 101,
        userfaultfd: 323,
        io_uring_setup: 425,
        bpf: 321,
        open_tree: 428,
        add_key: 248,
      },
      arm64: {
        keyctl: 219,
        ptrace: 117,
        userfaultfd: 282,
        io_uring_setup: 425,
        bpf: 280,
        open_tree: 428,
        add_key: 217,
      },
    }[process.arch as 'x64' | 'arm64'];
    const probes = Object.entries(calls).map(
      ([name, number]) =>
        `$! = 0; syscall(${String(number)}, 0, 0, 0, 0, 0); print "${name} ", $!+0, "\\n";`,
    );
    const output = await run(`perl -e '${probes.join(' ')}'`);
    expect(output.split('\n')).toEqual(Object.keys(calls).map((name) => `${name} 1`));
  });

  test('has no capability, no new privileges, a filter, and may not make user namespaces', async () => {
    const output = await run(
      'grep -E "CapEff|CapBnd|NoNewPrivs|Seccomp:" /proc/self/status; unshare --user true 2>/dev/null && echo made; mount -t tmpfs x /tmp 2>/dev/null && echo mounted; echo done',
    );
    expect(output.replaceAll(/[\t ]+/g, ' ').split('\n')).toEqual([
      'CapEff: 0000000000000000',
      'CapBnd: 0000000000000000',
      'NoNewPrivs: 1',
      'Seccomp: 2',
      'done',
    ]);
  });

  test("is refused by another session's X server, whose cookie it does not have", async () => {
    const strange = connectX11({
      socketPath: otherDisplay.access.socketPath,
      cookieHex: display.access.cookieHex,
      timeoutMs: 5000,
    });
    await expect(strange).rejects.toMatchObject({ code: 'refused' });
    expect(display.access.cookieHex).not.toBe(otherDisplay.access.cookieHex);
    expect(await run('ls /tmp/.X11-unix')).toBe('X0');
  });

  test('shares its IPC namespace with its X server alone', async () => {
    const inner = (await run('readlink /proc/self/ns/ipc')).trim();
    const namespace = (pid: number | null): string =>
      execFileSync('readlink', [`/proc/${String(pid)}/ns/ipc`], { encoding: 'utf8' }).trim();
    expect(inner).toBe(namespace(display.ipcNamespacePid));
    expect(inner).not.toBe(namespace(otherDisplay.ipcNamespacePid));
    expect(inner).not.toBe(namespace(process.pid));
  });

  test('that ends at once says so, with its last lines', async () => {
    const title = await start('echo first; echo "no such level" >&2; exit 3');
    expect(await title.exited).toMatchObject({ code: 'title-failed', exitCode: 3 });
    expect(title.logTail()).toContain('no such level');
  });

  test('that floods its output is ended', async () => {
    const title = await start('yes', { maxLogBytes: 1_000_000 });
    expect(await title.exited).toMatchObject({ code: 'title-flooded' });
    expect(title.logTail().length).toBeLessThanOrEqual(200);
    expect(readFileSync(join(session.folders.logs, 'title.log')).length).toBeLessThan(
      2 * 1024 * 1024,
    );
  });

  test('gets SIGTERM when it has no window, and time to save', async () => {
    const title = await start(
      'trap "echo saved; exit 0" TERM; echo up; while :; do sleep 0.05; done',
    );
    await said(title, 'up');
    await title.close();
    expect(title.logTail()).toContain('saved');
    expect(await title.exited).toMatchObject({ code: 'title-exited', exitCode: 0 });
  });

  test('that ignores SIGTERM is killed, and everything it started', async () => {
    const title = await start(
      'trap "" TERM; (trap "" TERM; sleep 1000) & echo up; while :; do sleep 1000; done',
    );
    await said(title, 'up');
    await title.close({ hurried: true });
    expect((await title.exited).code).toBe('title-exited');
    if (session.cgroup !== null) {
      const { cgroup } = session;
      const displayPids = execFileSync('cat', cgroup.procsFiles('display'), { encoding: 'utf8' });
      await expect
        .poll(() => cgroup.pids().filter((pid) => !displayPids.includes(String(pid))))
        .toEqual([]);
    }
  });
});
