import { describe, expect, test } from 'vitest';
import { createResumeStore, type KeyValueStorage } from './resume-store.ts';

function memoryStorage(): KeyValueStorage & { readonly map: Map<string, string> } {
  const map = new Map<string, string>();
  return {
    map,
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => {
      map.set(key, value);
    },
    removeItem: (key) => {
      map.delete(key);
    },
  };
}
const refusing: KeyValueStorage = {
  getItem: () => {
    throw new Error('denied');
  },
  setItem: () => {
    throw new Error('denied');
  },
  removeItem: () => {
    throw new Error('denied');
  },
};
const token = 'abcdefghijklmnopqrstuv';
const newer = 'ABCDEFGHIJKLMNOPQRSTUV';

describe('the resume token', () => {
  test('a second tab of the same browser finds the token of the first', () => {
    const shared = memoryStorage();
    createResumeStore('freedoom', [shared, memoryStorage()]).save(token);
    expect(createResumeStore('freedoom', [shared, memoryStorage()]).load()).toBe(token);
  });

  test('another browser has none', () => {
    createResumeStore('freedoom', [memoryStorage(), memoryStorage()]).save(token);
    expect(
      createResumeStore('freedoom', [memoryStorage(), memoryStorage()]).load(),
    ).toBeUndefined();
  });

  test('a reload where the shared storage is refused still resumes', () => {
    const perTab = memoryStorage();
    createResumeStore('freedoom', [refusing, perTab]).save(token);
    expect(createResumeStore('freedoom', [refusing, perTab]).load()).toBe(token);
  });

  test('the shared storage wins, because another tab may have renewed it', () => {
    const shared = memoryStorage();
    const perTab = memoryStorage();
    createResumeStore('freedoom', [shared, perTab]).save(token);
    createResumeStore('freedoom', [shared, memoryStorage()]).save(newer);
    expect(createResumeStore('freedoom', [shared, perTab]).load()).toBe(newer);
  });

  test('each title has its own', () => {
    const shared = memoryStorage();
    createResumeStore('freedoom', [shared]).save(token);
    expect(createResumeStore('gnome-2048', [shared]).load()).toBeUndefined();
  });

  test('clearing leaves nothing', () => {
    const shared = memoryStorage();
    const perTab = memoryStorage();
    const store = createResumeStore('freedoom', [shared, perTab]);
    store.save(token);
    store.clear();
    expect(store.load()).toBeUndefined();
    expect(shared.map.size + perTab.map.size).toBe(0);
  });

  test('what is no token is not sent', () => {
    const shared = memoryStorage();
    shared.setItem('perigee.resume.freedoom', 'x');
    expect(createResumeStore('freedoom', [shared]).load()).toBeUndefined();
  });

  test('without any storage nothing is thrown', () => {
    const store = createResumeStore('freedoom', [undefined, refusing]);
    store.save(token);
    store.clear();
    expect(store.load()).toBeUndefined();
  });
});
