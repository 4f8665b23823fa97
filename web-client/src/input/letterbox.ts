// The picture is shown with `object-fit: contain`: it may be smaller than its <video> on one axis. These sums find it again, exactly.

/** A box in CSS pixels of the viewport. */
export type Box = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
};
export type Size = { readonly width: number; readonly height: number };

const UNITS = 65_536;

/** Where a picture of size `picture` stands inside `box` when it is contained and centred. */
export function pictureBox(box: Box, picture: Size): Box {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return {
    left: box.left + (box.width - width) / 2,
    top: box.top + (box.height - height) / 2,
    width,
    height,
  };
}

const toUnits = (offset: number, length: number): number =>
  length > 0 ? Math.min(UNITS - 1, Math.max(0, Math.floor((offset / length) * UNITS))) : 0;

/**
 * Position of a viewport point in the picture, 0..65535 on each axis, so that `value * size >> 16` is the pixel under the point; a point
 * beside the picture counts as its nearest edge.
 */
export function toPicturePosition(
  point: { x: number; y: number },
  picture: Box,
): { x: number; y: number } {
  return {
    x: toUnits(point.x - picture.left, picture.width),
    y: toUnits(point.y - picture.top, picture.height),
  };
}

/** Whether a viewport point lies on the picture and not on the bars beside it. */
export function isInside(point: { x: number; y: number }, picture: Box): boolean {
  const dx = point.x - picture.left;
  const dy = point.y - picture.top;
  return dx >= 0 && dy >= 0 && dx < picture.width && dy < picture.height;
}
