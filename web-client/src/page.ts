/** A page of the single document. The router puts `element` into the document, calls `open`, and `close` (idempotent) before another page. */
export type Page = {
  readonly element: HTMLElement;
  /** Text of the browser's tab. */
  readonly title: string;
  readonly open?: () => void;
  readonly close: () => void;
};
