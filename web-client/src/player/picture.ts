// The <video>: it plays the stream of the video track alone (sound apart, MEDIA.md section 3) and reports what was presented.

export type Picture = {
  readonly setTrack: (track: MediaStreamTrack) => void;
  readonly close: () => void;
};

/** `presentedAtMs`: when the browser handed the frame to the compositor, performance.now(); `presentedFrames`: how many so far. */
export type PresentedFrame = { readonly presentedAtMs: number; readonly presentedFrames: number };

/** Watches `video`; `onPacket` hears of the first media of a track, `onFrame` of every presented frame. */
export function createPicture(
  video: HTMLVideoElement,
  handlers: { readonly onPacket: () => void; readonly onFrame: (frame: PresentedFrame) => void },
): Picture {
  let isClosed = false;
  let framesWithoutCallback = 0;
  // Widened, because an older Firefox lacks what the types promise.
  const hasCallback = 'requestVideoFrameCallback' in (video as object);
  const onFrame: VideoFrameRequestCallback = (_now, metadata) => {
    if (isClosed) return;
    video.requestVideoFrameCallback(onFrame);
    handlers.onFrame({
      presentedAtMs: metadata.presentationTime,
      presentedFrames: metadata.presentedFrames,
    });
  };
  if (hasCallback) video.requestVideoFrameCallback(onFrame);
  return {
    setTrack: (track) => {
      track.addEventListener('unmute', handlers.onPacket, { once: true });
      video.srcObject = new MediaStream([track]);
      video.play().catch(() => undefined); // muted video may always play; a newer stream may cut this attempt short
      if (!hasCallback) {
        video.onloadeddata = () => {
          framesWithoutCallback++;
          handlers.onFrame({
            presentedAtMs: performance.now(),
            presentedFrames: framesWithoutCallback,
          });
        };
      }
    },
    close: () => {
      isClosed = true;
      video.onloadeddata = null;
      video.srcObject = null;
    },
  };
}
