// Entry of the media worker thread. It is asked to stop, never terminated: a thread that is killed inside a native call aborts the process.
import { parentPort, workerData } from 'node:worker_threads';
import { AV_LOG_FATAL } from 'node-av/constants';
import { Log } from 'node-av/lib';
import { EncoderError } from '../encode/encoder-error.ts';
import { CaptureError } from './capture-error.ts';
import { resizeDisplay } from './display-resize.ts';
import { MediaLoop } from './media-loop.ts';
import { sharedClock } from './shared-clock.ts';
import type { MainToMedia, MediaFailure, MediaToMain, MediaWorkerData } from './worker-messages.ts';

function failureOf(error: unknown): MediaFailure {
  if (error instanceof CaptureError) {
    return { kind: 'capture', code: error.code, detail: error.detail };
  }
  if (error instanceof EncoderError) {
    return { kind: 'encoder', code: error.code, detail: error.detail };
  }
  return { kind: 'other', code: 'unexpected', detail: String(error) };
}

function run(port: NonNullable<typeof parentPort>, data: MediaWorkerData): void {
  const post = (message: MediaToMain, transfer: ArrayBuffer[] = []): void => {
    port.postMessage(message, transfer);
  };
  const nowMs = sharedClock(data.clockOffsetUs);
  Log.setLevel(AV_LOG_FATAL); // encoders that fail their trial are reported by code, not on standard error
  let loop: MediaLoop;
  try {
    loop = new MediaLoop({ data, nowMs, post, resizeDisplay });
  } catch (error) {
    post({ type: 'openFailed', failure: failureOf(error) });
    port.close();
    return;
  }
  port.on('message', (message: MainToMedia) => {
    switch (message.type) {
      case 'resume':
        loop.resume();
        break;
      case 'pause':
        loop.pause();
        break;
      case 'keyframe':
        loop.requestKeyframe();
        break;
      case 'bitrate':
        loop.setTargetBitrate(message.bps);
        break;
      case 'request':
        try {
          loop.serve(message.request);
          post({ type: 'done', requestId: message.requestId, state: loop.state });
        } catch (error) {
          post({ type: 'failed', requestId: message.requestId, failure: failureOf(error) });
        }
        break;
      case 'stop':
        loop.close();
        port.close();
        break;
    }
  });
  post({ type: 'opened', state: loop.state });
}

if (parentPort !== null) run(parentPort, workerData as MediaWorkerData);
