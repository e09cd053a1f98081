// Gathers the caller's sound into pieces for the wire, and holds back while the line is slow. Pure: how much waits at the line is an argument.

/** Pieces of 20 ms on a quick line, of 40 ms on a slow one; when the line stands still, the oldest sound goes. */
export class Packer {
  #kept: Int16Array[] = []
  #samples = 0
  #dropped = 0

  /** Takes sound and answers the pieces to be sent now, given how many bytes wait at the line. */
  push(pcm: Int16Array, waitingBytes: number): readonly Int16Array[] {
    if (pcm.length > 0) {
      this.#kept.push(pcm)
      this.#samples += pcm.length
    }
    if (waitingBytes > WAITING_BYTES_MAX) {
      this.#trim()
      return []
    }
    const size = waitingBytes > 0 ? PIECE_SAMPLES_SLOW : PIECE_SAMPLES
    const pieces: Int16Array[] = []
    // What was held back goes in few large pieces: each costs the line its frame.
    while (this.#samples >= size) pieces.push(this.#take(Math.min(this.#samples - (this.#samples % size), PIECE_SAMPLES_MAX)))
    return pieces
  }

  /** The rest, and none is left. */
  flush(): Int16Array {
    return this.#take(this.#samples)
  }

  /** Samples that were lost because the line stood still. */
  get dropped(): number {
    return this.#dropped
  }

  #take(count: number): Int16Array {
    const piece = new Int16Array(count)
    let at = 0
    while (at < count) {
      const first = this.#kept[0]
      if (first === undefined) break
      const part = Math.min(first.length, count - at)
      piece.set(first.subarray(0, part), at)
      at += part
      if (part === first.length) this.#kept.shift()
      else this.#kept[0] = first.subarray(part)
    }
    this.#samples -= at
    return piece
  }

  #trim(): void {
    while (this.#samples > HELD_SAMPLES_MAX) {
      const first = this.#kept.shift()
      if (first === undefined) return
      this.#samples -= first.length
      this.#dropped += first.length
    }
  }
}

const PIECE_SAMPLES = 480
const PIECE_SAMPLES_SLOW = 960
const PIECE_SAMPLES_MAX = 4_800
/** Three quarters of a second of sound in base64. */
const WAITING_BYTES_MAX = 49_152
/** Two seconds: what is older than that nobody waits for. */
const HELD_SAMPLES_MAX = 48_000
