// The title's system call filter, made with libseccomp and handed to bubblewrap (--seccomp). A list of refusals, not of permissions:
// titles are unknown programs; what is refused is what no game needs and what kernels are broken through.
import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';
import { SandboxError } from './errors.ts';

/** seccomp.h: SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(x); errno EPERM is 1. Foreign architectures keep libseccomp's default: killed. */
const ACT_ALLOW = 0x7fff0000;
const ACT_ERRNO_EPERM = 0x00050000 | 1;
const NR_SCMP_ERROR = -1;

/** Refused with EPERM. Names that a kernel architecture does not have are skipped. */
export const REFUSED_SYSTEM_CALLS: readonly string[] = [
  // Kernel programs, keys, tracing, other processes' memory.
  ...['bpf', 'keyctl', 'add_key', 'request_key', 'ptrace', 'process_vm_readv'],
  ...['process_vm_writev', 'userfaultfd', 'perf_event_open', 'kcmp', 'pidfd_getfd'],
  // Mounts and namespaces (unshare and clone stay: --disable-userns makes them harmless).
  ...['mount', 'umount', 'umount2', 'move_mount', 'fsopen', 'fsconfig', 'fsmount', 'fspick'],
  ...['open_tree', 'mount_setattr', 'pivot_root', 'chroot', 'setns', 'open_by_handle_at'],
  ...['name_to_handle_at', 'quotactl', 'quotactl_fd'],
  // The machine.
  ...['kexec_load', 'kexec_file_load', 'init_module', 'finit_module', 'delete_module'],
  ...['create_module', 'swapon', 'swapoff', 'reboot', 'acct', 'iopl', 'ioperm', 'syslog'],
  ...['settimeofday', 'clock_settime', 'clock_adjtime', 'adjtimex', 'vhangup', 'nfsservctl'],
  ...['lookup_dcookie', 'modify_ldt', 'personality', 'mbind', 'migrate_pages', 'move_pages'],
  // Asynchronous I/O by ring: its calls would go past every other rule.
  ...['io_uring_setup', 'io_uring_enter', 'io_uring_register'],
];

type Seccomp = {
  init(action: number): bigint | null;
  release(context: bigint): void;
  resolve(name: string): number;
  add(
    context: bigint,
    action: number,
    call: number,
    ...compare: readonly [count: 0, list: null]
  ): number;
  exportBpf(context: bigint, fd: number): number;
};

let library: Seccomp | undefined;

/** @throws {SandboxError} seccomp-failed when the library is not installed */
function loadSeccomp(): Seccomp {
  if (library !== undefined) return library;
  try {
    const so = koffi.load('libseccomp.so.2');
    library = {
      init: so.func('seccomp_init', 'void*', ['uint32']) as Seccomp['init'],
      release: so.func('seccomp_release', 'void', ['void*']) as Seccomp['release'],
      resolve: so.func('seccomp_syscall_resolve_name', 'int', ['str']) as Seccomp['resolve'],
      add: so.func('seccomp_rule_add_array', 'int', [
        ...['void*', 'uint32', 'int', 'uint32', 'void*'],
      ]) as Seccomp['add'],
      exportBpf: so.func('seccomp_export_bpf', 'int', ['void*', 'int']) as Seccomp['exportBpf'],
    };
    return library;
  } catch (cause) {
    throw new SandboxError('seccomp-failed', 'libseccomp.so.2 cannot be loaded', cause);
  }
}

/**
 * Writes the filter, as the kernel takes it (struct sock_filter, native endianness), to a file. `allowed` are names that are left out.
 * @throws {SandboxError} seccomp-failed
 */
export function writeSeccompFilter(path: string, allowed: readonly string[] = []): void {
  const seccomp = loadSeccomp();
  const context = seccomp.init(ACT_ALLOW);
  if (context === null) throw new SandboxError('seccomp-failed', 'seccomp_init');
  try {
    for (const name of REFUSED_SYSTEM_CALLS) {
      if (allowed.includes(name)) continue;
      const call = seccomp.resolve(name);
      if (call === NR_SCMP_ERROR) continue;
      const status = seccomp.add(context, ACT_ERRNO_EPERM, call, 0, null);
      // A call that this architecture lacks has a pseudo number, which native rules may refuse (-EDOM, -EFAULT): nothing to forbid.
      if (status !== 0 && call >= 0)
        throw new SandboxError('seccomp-failed', `${name}: ${String(status)}`);
    }
    const fd = openSync(path, 'w', 0o600);
    try {
      const status = seccomp.exportBpf(context, fd);
      if (status !== 0) throw new SandboxError('seccomp-failed', `export: ${String(status)}`);
    } finally {
      closeSync(fd);
    }
  } finally {
    seccomp.release(context);
  }
}
