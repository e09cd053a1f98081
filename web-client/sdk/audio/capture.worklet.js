// In the sound thread: hands on what the microphone hears, in pieces of about ten milliseconds, mixed to one channel.
class Capture extends AudioWorkletProcessor {
  constructor() {
    super()
    this.size = Math.round(sampleRate / 100)
    this.piece = new Float32Array(this.size)
    this.filled = 0
    this.open = true
    this.port.onmessage = () => {
      this.open = false
    }
  }

  process([channels]) {
    const [first] = channels
    if (first === undefined) return this.open
    for (let at = 0; at < first.length; at += 1) {
      let sum = 0
      for (const channel of channels) sum += channel[at]
      this.piece[this.filled] = sum / channels.length
      this.filled += 1
      if (this.filled === this.size) {
        this.port.postMessage(this.piece, [this.piece.buffer])
        this.piece = new Float32Array(this.size)
        this.filled = 0
      }
    }
    return this.open
  }
}

registerProcessor('voxfare-capture', Capture)
