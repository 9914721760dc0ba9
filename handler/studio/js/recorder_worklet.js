// Runs beside the page: gathers what the microphone gives into blocks of some 30 ms, with their level.

const BLOCK = 1536; // samples: twelve of the browser's own blocks

class Recorder extends AudioWorkletProcessor {
  #samples = new Float32Array(BLOCK);
  #filled = 0;

  process([input]) {
    const channel = input[0];
    if (!channel) return true;
    this.#samples.set(channel, this.#filled);
    this.#filled += channel.length;
    if (this.#filled === BLOCK) {
      const samples = this.#samples;
      let peak = 0;
      let energy = 0;
      for (const sample of samples) {
        peak = Math.max(peak, Math.abs(sample));
        energy += sample * sample;
      }
      this.port.postMessage({ samples, peak, rms: Math.sqrt(energy / BLOCK) }, [samples.buffer]);
      this.#samples = new Float32Array(BLOCK);
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor("recorder", Recorder);
