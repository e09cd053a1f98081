// In the sound thread: plays a bounded queue, and knows to the sample how much of it was played. Told to stop, it is silent after one block of 128 samples.
class Playback extends AudioWorkletProcessor {
  constructor() {
    super()
    this.queue = []
    this.at = 0
    this.waiting = 0
    this.played = 0
    this.told = 0
    this.cut = null
    this.open = true
    this.port.onmessage = ({ data }) => this.hear(data)
  }

  hear({ type, samples, id }) {
    if (type === 'push' && this.waiting + samples.length <= sampleRate * QUEUE_S_MAX) {
      this.queue.push(samples)
      this.waiting += samples.length
    }
    if (type === 'cut') this.cut = id
    if (type === 'close') this.open = false
  }

  process(_, [[out]]) {
    const before = this.played
    for (let to = 0; to < out.length && this.queue.length > 0; to += 1) {
      const [piece] = this.queue
      // The last block fades, for a step would be heard as a click.
      out[to] = piece[this.at] * (this.cut === null ? 1 : 1 - to / out.length)
      this.at += 1
      this.played += 1
      this.waiting -= 1
      if (this.at === piece.length) {
        this.queue.shift()
        this.at = 0
      }
    }
    if (this.cut !== null) this.stop()
    const dry = this.played > before && this.queue.length === 0
    if (this.played - this.told >= sampleRate * TELL_EVERY_S || (dry && this.played > this.told)) this.tell()
    return this.open
  }

  stop() {
    this.queue = []
    this.at = 0
    this.waiting = 0
    this.told = this.played
    this.port.postMessage({ type: 'cut', id: this.cut, played: this.played })
    this.cut = null
  }

  tell() {
    this.told = this.played
    this.port.postMessage({ type: 'played', played: this.played })
  }
}

const TELL_EVERY_S = 0.02
const QUEUE_S_MAX = 180

registerProcessor('voxfare-playback', Playback)
