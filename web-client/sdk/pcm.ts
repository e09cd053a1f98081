// Sound as the wire writes it: 16-bit little-endian samples in base64, and floats as browsers have them. Pure.

/** Samples a second on the wire. */
export const WIRE_RATE_HZ = 24_000

/** Writes samples as base64. */
export function toBase64(pcm: Int16Array): string {
  const bytes = new Uint8Array(pcm.length * 2)
  const view = new DataView(bytes.buffer)
  pcm.forEach((sample, at) => view.setInt16(at * 2, sample, true))
  let text = ''
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES) text += String.fromCharCode(...bytes.subarray(from, from + CHUNK_BYTES))
  return btoa(text)
}

/** Reads samples from base64; an odd last byte is dropped. Answers null for what is no base64. */
export function fromBase64(text: string): Int16Array | null {
  let bytes: string
  try {
    bytes = atob(text)
  } catch {
    return null
  }
  const pcm = new Int16Array(bytes.length >> 1)
  // Assignment wraps to the signed range by itself.
  for (let at = 0; at < pcm.length; at += 1) pcm[at] = bytes.charCodeAt(2 * at) | (bytes.charCodeAt(2 * at + 1) << 8)
  return pcm
}

/** Floats from -1 to 1 as 16-bit samples; what is louder is clipped. */
export function toPcm(samples: Float32Array): Int16Array {
  const pcm = new Int16Array(samples.length)
  samples.forEach((sample, at) => {
    pcm[at] = Math.round(Math.min(1, Math.max(-1, sample)) * FULL_SCALE)
  })
  return pcm
}

/** 16-bit samples as floats. */
export function toFloats(pcm: Int16Array): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(pcm.length)
  pcm.forEach((sample, at) => {
    samples[at] = sample / FULL_SCALE
  })
  return samples
}

const FULL_SCALE = 32_767
const CHUNK_BYTES = 0x80_00
