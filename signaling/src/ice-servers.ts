// STUN and TURN servers that players are told of. The default is none: on one machine or one network host candidates are enough, and no
// third party learns who plays.
import type { EnvironmentKey } from '@perigee/kit';
import type { IceServer } from '@perigee/protocol';

const URL_SCHEME = /^(stun|stuns|turn|turns):[^\s]{1,190}$/;
const MAX_SERVERS = 8;
const MAX_URLS = 8;

/** Environment key that holds a JSON array of W3C RTCIceServer dictionaries. */
export function iceServersKey(
  key: `PERIGEE_${string}`,
  options: { readonly help: string },
): EnvironmentKey<readonly IceServer[]> {
  return {
    key,
    defaultValue: [],
    help: options.help,
    isSecret: true, // TURN credentials
    parse: (raw) => {
      const value = parseIceServers(raw);
      return value === undefined
        ? {
            problem:
              'must be a JSON array of at most 8 objects such as {"urls":["stun:stun.example.net:3478"]}',
          }
        : { value };
    },
  };
}

function parseIceServers(raw: string): readonly IceServer[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(raw);
  } catch {
    return undefined;
  }
  if (!Array.isArray(json) || json.length > MAX_SERVERS) return undefined;
  const servers = json.map(parseServer);
  return servers.every((server) => server !== undefined) ? servers : undefined;
}

function parseServer(value: unknown): IceServer | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { urls, username, credential } = value as Record<string, unknown>;
  const list: unknown[] = Array.isArray(urls) ? urls : [urls];
  if (list.length === 0 || list.length > MAX_URLS) return undefined;
  const isUrl = (url: unknown): url is string => typeof url === 'string' && URL_SCHEME.test(url);
  const isShort = (text: unknown): text is string => typeof text === 'string' && text.length <= 200;
  if (!list.every(isUrl)) return undefined;
  if (username !== undefined && !isShort(username)) return undefined;
  if (credential !== undefined && !isShort(credential)) return undefined;
  return {
    urls: list,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  };
}
