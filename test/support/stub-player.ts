import {
  encodeMessage,
  parseSignalingToPlayer,
  PROTOCOL_VERSION_RANGE,
  type Capabilities,
  type PlayerToSignaling,
  type SignalingToPlayer,
  type TitleId,
} from '@perigee/protocol';
import { openInbox, type Inbox } from './inbox.ts';

export const STUB_CAPABILITIES: Capabilities = {
  codecs: ['h264', 'vp8'],
  screen: { widthPx: 1280, heightPx: 720, pixelRatio: 1, refreshHz: 60 },
  touchPoints: 0,
  pads: 0,
  network: 'unknown',
};

export type StubPlayer = {
  readonly inbox: Inbox<SignalingToPlayer>;
  send(message: PlayerToSignaling): void;
  hello(options?: {
    titleId?: string;
    resumeToken?: string;
    codecs?: Capabilities['codecs'];
  }): void;
};

/** A player's page without a browser. */
export async function openStubPlayer(
  url: string,
  headers: Record<string, string> = {},
): Promise<StubPlayer> {
  const inbox = await openInbox(url, parseSignalingToPlayer, headers);
  const send = (message: PlayerToSignaling): void => {
    inbox.send(encodeMessage(message));
  };
  return {
    inbox,
    send,
    hello: ({ titleId = 'flash', resumeToken, codecs = STUB_CAPABILITIES.codecs } = {}) => {
      send({
        type: 'hello',
        versions: PROTOCOL_VERSION_RANGE,
        titleId: titleId as TitleId,
        ...(resumeToken === undefined ? {} : { resumeToken }),
        capabilities: { ...STUB_CAPABILITIES, codecs },
      });
    },
  };
}
