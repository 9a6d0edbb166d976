// The sound card: what the microphone hears goes out in blocks of 20 ms, what comes in is played. Both on one clock, so
// each block says how many samples were played by its end.
const AHEAD_BLOCKS = 3; // that wait before it plays: what the network may be late
const SPARE_BLOCKS = 3; // that may wait beyond these before silence is left out

class SoundCard extends AudioWorkletProcessor {
  constructor() {
    super();
    this.size = sampleRate / 50;
    this.played = 0; // samples
    this.silence();
    this.fresh();
    this.port.onmessage = ({ data }) => (data ? this.waiting.push(new Int16Array(data)) : this.silence());
  }

  silence() {
    this.waiting = []; // blocks
    this.at = 0; // in the first of them
    this.buffering = true;
  }

  fresh() {
    this.heard = new DataView(new ArrayBuffer(4 + 2 * this.size));
    this.filled = 0;
  }

  process([input], [output]) {
    const microphone = input[0], speaker = output[0];
    for (let n = 0; n < speaker.length; n++) {
      speaker[n] = this.next() / 32768;
      this.hear(microphone ? microphone[n] : 0);
    }
    return true;
  }

  next() {
    if (this.at === 0 && this.buffering) {
      if (this.waiting.length < AHEAD_BLOCKS) return 0;
      this.buffering = false;
    }
    if (this.at === 0) this.catchUp();
    const block = this.waiting[0];
    if (!block) {
      this.buffering = true;
      return 0;
    }
    const sample = block[this.at++];
    this.played++;
    if (this.at === block.length) {
      this.waiting.shift();
      this.at = 0;
    }
    return sample;
  }

  // what came late waits too long from then on: silence need not
  catchUp() {
    while (this.waiting.length > AHEAD_BLOCKS + SPARE_BLOCKS && this.waiting[0].every((sample) => sample === 0)) {
      this.played += this.waiting.shift().length;
    }
  }

  hear(sample) {
    this.heard.setInt16(4 + 2 * this.filled, Math.max(-1, Math.min(1, sample)) * 32767, true);
    if (++this.filled < this.size) return;
    this.heard.setUint32(0, this.played, true);
    this.port.postMessage(this.heard.buffer, [this.heard.buffer]);
    this.fresh();
  }
}

registerProcessor("sound-card", SoundCard);
