import type { InputSender } from '@perigee/protocol';

/**
 * Where the listeners of this folder put what the player does: the sender of the current peer. Positions are 0..65535 of the picture; motion is in
 * picture pixels, the wheel in 1/120 notch, to the right and down; fractions add up.
 */
export type InputSink = Pick<
  InputSender,
  | 'key'
  | 'button'
  | 'movePointer'
  | 'moveRelative'
  | 'wheel'
  | 'touchDown'
  | 'touchMove'
  | 'touchUp'
  | 'text'
  | 'releaseAll'
> & {
  /** Sends now what was put in: once at the end of each event of the browser, so that a move and its button share a packet. */
  readonly flush: () => void;
};
