// For tests: a session's folders, identity and cgroup in a run folder of their own, and all of it gone afterwards.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDisplay, type RunningDisplay } from '../display/start-display.ts';
import { loadTitle } from '../titles/load-title.ts';
import type { Title } from '../titles/title.ts';
import { detectCgroups, type CgroupDriver, type SessionCgroup } from './cgroup.ts';
import { createSessionFolders } from './folders.ts';
import { slotIdentity } from './identity.ts';
import type { Log } from './log.ts';
import type { SessionFolders, SlotIdentity } from './session-resources.ts';
import { startTitle, type RunningTitle } from './title-process.ts';

/** Apart from the uids of an agent that may run on the same machine. */
const TEST_UID_BASE = 94_000;

/** Whether sessions get uids of their own here. */
export const isRoot = slotIdentity(0, TEST_UID_BASE).isIsolated;

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
};

export type TestSession = {
  readonly identity: SlotIdentity;
  readonly folders: SessionFolders;
  readonly cgroup: SessionCgroup | null;
};

export type SessionFixture = {
  readonly runDir: string;
  readonly cgroups: CgroupDriver;
  createSession(slot: number): TestSession;
  startDisplay(session: TestSession): Promise<RunningDisplay>;
  /** A title whose `./run` is this shell script. */
  writeTitle(script: string, fields?: object): Title;
  startTitle(session: TestSession, display: RunningDisplay, title: Title): Promise<RunningTitle>;
  close(): Promise<void>;
};

/** Makes an empty run folder below the system's temporary folder. Its `close()` kills and removes everything. */
export function createFixture(): SessionFixture {
  const runDir = mkdtempSync(join(tmpdir(), 'pg-'));
  chmodSync(runDir, 0o711);
  const cgroups = detectCgroups(runDir);
  const closers: (() => Promise<unknown>)[] = [];
  let titles = 0;
  return {
    runDir,
    cgroups,
    createSession(slot) {
      const identity = slotIdentity(slot, TEST_UID_BASE);
      const folders = createSessionFolders(runDir, slot, identity, () => 0.5);
      const cgroup = cgroups.kind === 'none' ? null : cgroups.createSession(`test-${String(slot)}`);
      if (cgroup !== null) closers.push(() => cgroup.remove());
      return { identity, folders, cgroup };
    },
    async startDisplay(session) {
      const resolution = { width: 640, height: 480 };
      const display = await startDisplay({ ...session, resolution, log: silentLog });
      closers.push(() => display.close());
      return display;
    },
    writeTitle(script, fields = {}) {
      const folder = join(runDir, `title-${String(++titles)}`);
      mkdirSync(folder);
      const manifest = {
        id: 'test-title',
        name: 'Test',
        version: '1',
        command: './run',
        resolution: { width: 640, height: 480 },
        fps: 60,
        input: ['keyboard'],
        ...fields,
      };
      writeFileSync(join(folder, 'title.json'), JSON.stringify(manifest));
      writeFileSync(join(folder, 'run'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return loadTitle(folder);
    },
    async startTitle(session, display, title) {
      const running = await startTitle({
        ...session,
        title,
        display: display.access,
        ipcNamespacePid: display.ipcNamespacePid,
        pulseSocketPath: null,
        canSandbox: true,
        allowUnsandboxed: false,
        log: silentLog,
      });
      closers.push(() => running.close());
      return running;
    },
    async close() {
      for (const close of closers.reverse()) await close();
      cgroups.close();
      rmSync(runDir, { recursive: true, force: true });
    },
  };
}
