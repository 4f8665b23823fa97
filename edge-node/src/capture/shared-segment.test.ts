import { expect, it } from 'vitest';
import { libc } from './native.ts';
import { createSealedMemory } from './shared-segment.ts';

it('makes memory whose size nobody can change any more, not even its owner', () => {
  const lengthBytes = 64 * 1024;
  const { fd, address } = createSealedMemory(lengthBytes);
  expect(libc.ftruncate(fd, 4096)).toBe(-1);
  expect(libc.ftruncate(fd, 2 * lengthBytes)).toBe(-1);
  // Nor take the seals off, or add others (F_ADD_SEALS with F_SEAL_WRITE).
  expect(libc.fcntl(fd, 1033, 8)).toBe(-1);
  libc.munmap(address, lengthBytes);
  libc.close(fd);
});
