// Sound in the browser: files decoded to samples, samples written as WAV, and the microphone.

/** Decode an audio or video file: {samples, sampleRate, duration}, mono. Throws if the browser cannot read it. */
export async function decode(blob, sampleRate = 44100) {
  const context = new OfflineAudioContext(1, 1, sampleRate);
  const buffer = await context.decodeAudioData(await blob.arrayBuffer());
  const samples = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel += 1) {
    const data = buffer.getChannelData(channel);
    for (let index = 0; index < data.length; index += 1) samples[index] += data[index] / buffer.numberOfChannels;
  }
  return { samples, sampleRate: buffer.sampleRate, duration: buffer.duration };
}

/** Samples between -1 and 1 as a WAV file of 16 bits. */
export function encodeWav(samples, sampleRate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (offset, value) => [...value].forEach((char, index) => view.setUint8(offset + index, char.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  for (let index = 0; index < samples.length; index += 1) {
    view.setInt16(44 + 2 * index, Math.round(32767 * Math.max(-1, Math.min(1, samples[index]))), true);
  }
  return new Blob([view], { type: "audio/wav" });
}

const RECORDER = new URL("./recorder_worklet.js", import.meta.url);

/**
 * Record the microphone. `onLevel({peak, rms})` hears its level some thirty times a second, before `start()` too.
 * Resolves with {start(), stop(): {samples, sampleRate}, cancel()}. Rejects with a DOMException where the browser
 * or the user refuses: NotAllowedError, NotFoundError.
 */
export async function openMicrophone({ onLevel = () => {} } = {}) {
  // What browsers do for calls would change the voice.
  const audio = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  const context = new AudioContext();
  const blocks = [];
  let recording = false;
  const close = () => {
    stream.getTracks().forEach((track) => track.stop());
    context.close();
  };
  try {
    await context.audioWorklet.addModule(RECORDER);
    const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }) => {
      if (recording) blocks.push(data.samples);
      onLevel(data);
    };
    context.createMediaStreamSource(stream).connect(node);
    await context.resume();
  } catch (error) {
    close();
    throw error;
  }
  return {
    start() {
      blocks.length = 0;
      recording = true;
    },
    stop() {
      close();
      const samples = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
      let offset = 0;
      for (const block of blocks) {
        samples.set(block, offset);
        offset += block.length;
      }
      return { samples, sampleRate: context.sampleRate };
    },
    cancel: close,
  };
}
