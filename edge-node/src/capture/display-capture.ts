import type { Picture } from '../encode/picture.ts';
import { DirtyRectangle } from './dirty-rectangle.ts';
import { convertToI420 } from './i420-converter.ts';
import { createSharedSegment, type SharedSegment } from './shared-segment.ts';
import { CaptureError } from './capture-error.ts';
import { openXDisplay, takeEvent, takeReply, xcb, type XAccess, type XDisplay } from './xcb.ts';
import {
  ALL_PLANES,
  damage,
  prepareCaptureExtensions,
  REPORT_NON_EMPTY,
  shm,
  xfixes,
  Z_PIXMAP,
} from './xcb-capture.ts';

const BYTES_PER_PIXEL = 4;
/** Event type of the core protocol: here, the root window has another size. */
const CONFIGURE_NOTIFY = 22;
const CW_EVENT_MASK = 1 << 11;
const STRUCTURE_NOTIFY_MASK = 1 << 17;

/**
 * Reads what changed on one X display into a picture. Every call returns at once or after one round trip; a server that died makes calls
 * return nothing and `isLost` true, and never throws.
 */
export class DisplayCapture {
  /** Size of the picture: the screen's, less an odd column or row. */
  readonly width: number;
  readonly height: number;
  readonly display: XDisplay;
  readonly #damageEvent: number;
  readonly #damageId: number;
  readonly #regionId: number;
  readonly #segment: SharedSegment;
  readonly #dirty = new DirtyRectangle();
  #isResized = false;
  #isClosed = false;

  /** @throws {CaptureError} */
  constructor(access: XAccess, onSocket?: (fd: number) => void) {
    this.display = openXDisplay(access, onSocket);
    const { connection, root } = this.display;
    try {
      if (this.display.depth !== 24) throw new CaptureError('extension-missing', 'depth 24');
      this.width = this.display.width & ~1;
      this.height = this.display.height & ~1;
      this.#damageEvent = prepareCaptureExtensions(connection).damageEvent;
      this.#segment = createSharedSegment(connection, this.width * this.height * BYTES_PER_PIXEL);
      this.#damageId = xcb.generateId(connection);
      this.#regionId = xcb.generateId(connection);
      xfixes.createRegion(connection, this.#regionId, 0, null);
      damage.create(connection, this.#damageId, root, REPORT_NON_EMPTY);
      const mask = Buffer.alloc(4);
      mask.writeUInt32LE(STRUCTURE_NOTIFY_MASK);
      xcb.changeWindowAttributes(connection, root, CW_EVENT_MASK, mask);
      xcb.flush(connection);
    } catch (error) {
      xcb.disconnect(connection);
      throw error;
    }
  }

  /** True once the connection is broken; it stays so. */
  get isLost(): boolean {
    return xcb.hasError(this.display.connection) !== 0;
  }

  /** True once the screen has another size (a title may change it): open a new capture. */
  get isResized(): boolean {
    return this.#isResized;
  }

  /**
   * Reads all events that wait; if the screen was damaged since the damage was last collected, the server's time of it (ms, uint32, wraps).
   * Must be called again after every other call: replies pull events into libxcb's queue, and then the socket stays silent.
   */
  takeEvents(): number | undefined {
    let damagedServerMs: number | undefined;
    for (;;) {
      const event = takeEvent(this.display.connection);
      if (event === undefined) return damagedServerMs;
      const type = (event[0] ?? 0) & 0x7f;
      // DamageNotify: its timestamp at 12.
      if (type === this.#damageEvent) damagedServerMs = event.readUInt32LE(12);
      if (type === CONFIGURE_NOTIFY) this.#isResized = true;
    }
  }

  /** Moves the damage so far to our list, and so arms the event for what is drawn from now on. */
  collectDamage(): void {
    const { connection } = this.display;
    damage.subtract(connection, this.#damageId, 0, this.#regionId);
    const reply = takeReply(
      xfixes.fetchRegionReply(connection, xfixes.fetchRegion(connection, this.#regionId), null),
    );
    if (reply === undefined) return;
    // FetchRegion: extents (x, y, width, height) at 8; the single rectangles follow at 32.
    this.#dirty.add({
      x: reply.readInt16LE(8),
      y: reply.readInt16LE(10),
      width: reply.readUInt16LE(12),
      height: reply.readUInt16LE(14),
    });
  }

  /** Marks the whole screen as changed. */
  markAll(): void {
    this.#dirty.add({ x: 0, y: 0, width: this.width, height: this.height });
  }

  /** Reads what was collected into `picture` (same size). False when nothing was to be read or the server refused. */
  grab(picture: Picture): boolean {
    const at = this.#dirty.take(this.width, this.height);
    if (at === undefined) return false;
    const { connection, root } = this.display;
    const cookie = shm.getImage(
      connection,
      root,
      at.x,
      at.y,
      at.width,
      at.height,
      ALL_PLANES,
      Z_PIXMAP,
      this.#segment.id,
      0,
    );
    const reply = takeReply(shm.getImageReply(connection, cookie, null));
    if (reply === undefined) return false;
    convertToI420(this.#segment.address, at.width * BYTES_PER_PIXEL, picture, at);
    return true;
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#segment.close();
    xcb.disconnect(this.display.connection);
  }
}
