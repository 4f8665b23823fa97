// What the player can do about each failure. The table is complete by type: a new code of the protocol does not compile until it has its page.
import type { ErrorCode } from '@perigee/protocol';
import { FAILURE_TEXTS, STRINGS } from '../strings.ts';

/** Codes of the protocol, and those that only the page can know. */
export type FailureCode = ErrorCode | 'server-unreachable' | 'page-not-found';

/**
 * The button of a failure page. `again`: ask once more, for the running session when it still may run, else for a new one;
 * `reload`: load the page anew; `catalogue`: there is nothing to repeat.
 */
export type FailureAction = 'again' | 'reload' | 'catalogue';

/** A failure as it is shown. */
export type Failure = { readonly code: FailureCode; readonly logTail: readonly string[] };

type Row = {
  readonly action: FailureAction;
  readonly label: string;
  /** Whether the session is over for good, so that its resume token is worthless. */
  readonly endsSession: boolean;
};

const { again, startAgain, playHere, reload, catalogue } = STRINGS.failurePage;
const tryAgain: Row = { action: 'again', label: again, endsSession: false };
const restart: Row = { action: 'again', label: startAgain, endsSession: true };
const reloadPage: Row = { action: 'reload', label: reload, endsSession: false };
const leave: Row = { action: 'catalogue', label: catalogue, endsSession: false };

const ROWS: Readonly<Record<FailureCode, Row>> = {
  'bad-message': reloadPage,
  'unsupported-version': reloadPage,
  'rate-limited': tryAgain,
  'too-many-sessions': tryAgain,
  'out-of-order': reloadPage,
  'unknown-title': leave,
  'no-edge': tryAgain,
  'no-capacity': tryAgain,
  'unsupported-browser': leave,
  'resume-expired': restart,
  'taken-over': { action: 'again', label: playHere, endsSession: false },
  'edge-lost': restart,
  'edge-internal': tryAgain,
  'session-crashed': restart,
  'display-lost': restart,
  'title-exited': restart,
  'title-failed': restart,
  'title-never-drew': restart,
  'title-flooded': restart,
  'player-left': restart,
  'player-timeout': restart,
  'media-failed': tryAgain,
  'edge-draining': restart,
  'unknown-key': leave,
  'bad-signature': leave,
  'duplicate-edge': leave,
  internal: tryAgain,
  'server-unreachable': tryAgain,
  'page-not-found': leave,
};

/** Every failure code, for tests and galleries. */
export const FAILURE_CODES = Object.keys(ROWS) as readonly FailureCode[];

/** Title, sentence, button label, what the button does, and whether the session is over. */
export function describeFailure(code: FailureCode): Row & { title: string; sentence: string } {
  return { ...FAILURE_TEXTS[code], ...ROWS[code] };
}
