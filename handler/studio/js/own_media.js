// Recordings, videos and pictures of the user's own: kept by this page for as long as it is open.

import { bytes, clock } from "./dom.js";

/** By the id of a job that was made of it: {blob, name, fileUrl}. */
const media = new Map();

export const rememberMedia = (jobId, own) => media.set(jobId, own);

export const mediaOf = (jobId) => media.get(jobId) ?? null;

export const isVideo = (blob) => blob.type.startsWith("video/");

export const isPicture = (blob) => blob.type.startsWith("image/");

const RATES = [10, 12, 15, 20, 24000 / 1001, 24, 25, 30000 / 1001, 30, 48, 50, 60000 / 1001, 60, 120];
const FRAMES = 8; // whose times tell the rate of a video
const PATIENCE_MS = 1500;
const LONGEST_MS = 15_000; // of a browser that neither reads a file nor says that it cannot

/**
 * What the browser knows of a recording or video: {duration, width, height, fps}; null where it cannot read the file,
 * which the worker may read all the same. `fps` is 0 for sound, and where it does not tell.
 */
export async function probe(blob) {
  const element = document.createElement(isVideo(blob) ? "video" : "audio");
  const url = URL.createObjectURL(blob);
  try {
    const known = await new Promise((resolve) => {
      const tell = () => resolve({
        duration: element.duration, width: element.videoWidth ?? 0, height: element.videoHeight ?? 0,
      });
      element.addEventListener("loadedmetadata", tell, { once: true });
      element.addEventListener("error", () => resolve(null), { once: true });
      setTimeout(() => resolve(null), LONGEST_MS);
      element.preload = "metadata";
      element.src = url;
    });
    return known && { ...known, fps: known.width ? await rateOf(element) : 0 };
  } finally {
    element.removeAttribute("src");
    URL.revokeObjectURL(url);
  }
}

/** Frames a second of a video, by the times of its first frames. */
async function rateOf(video) {
  video.muted = true;
  const times = await new Promise((resolve) => {
    const seen = [];
    const note = (_now, { mediaTime }) => {
      seen.push(mediaTime);
      if (seen.length < FRAMES) video.requestVideoFrameCallback(note);
      else resolve(seen);
    };
    video.requestVideoFrameCallback?.(note);
    setTimeout(() => resolve(seen), PATIENCE_MS);
    video.play().catch(() => resolve(seen));
  });
  video.pause();
  // Frames may be left out, but none come sooner than the rate has them.
  const steps = times.slice(1).map((time, at) => time - times[at]).filter((step) => step > 0);
  if (!steps.length) return 0;
  const fps = 1 / Math.min(...steps);
  const nearest = RATES.toSorted((one, other) => Math.abs(one - fps) - Math.abs(other - fps))[0];
  return Math.abs(nearest / fps - 1) < 0.03 ? Number(nearest.toFixed(3)) : 0;
}

/** Why the server would refuse a file, as a sentence; "" where it takes it. */
export function problemOf({ size, duration = 0 }, { maxBytes = Infinity, maxSeconds = Infinity }) {
  if (size === 0) return "The file is empty; choose another.";
  if (size > maxBytes) return `The file has ${bytes(size)}, and this server takes at most ${bytes(maxBytes)}.`;
  if (Number.isFinite(duration) && duration > maxSeconds) {
    return `It is ${clock(duration)} long, and this server takes at most ${clock(maxSeconds)}.`;
  }
  return "";
}
