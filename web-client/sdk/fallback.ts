// Two lines in one: when sound cannot get through on the first, as behind a firewall that lets only the web pass, the call goes over the second. It knows nothing of either.
import { CallError, type Failure, failureOf } from './failure.ts'
import type { ClientEvent } from './protocol/events.gen.ts'
import type { ConnectOptions, Transport, TransportListener } from './transport.ts'

/** Makes a line. */
export type TransportMaker = (listener: TransportListener) => Transport

/** Tries the first line until it has failed for want of a way, and the second one from then on. */
export class FallbackTransport implements Transport {
  readonly #first: Transport
  readonly #second: TransportMaker
  readonly #listener: TransportListener
  #line: Transport

  constructor(first: TransportMaker, second: TransportMaker, listener: TransportListener) {
    this.#first = first(listener)
    this.#second = second
    this.#listener = listener
    this.#line = this.#first
  }

  obstacle(): Failure | null {
    const failure = this.#line.obstacle()
    if (failure === null || !isWayless(failure) || this.#line !== this.#first) return failure
    this.#line = this.#second(this.#listener)
    return this.#line.obstacle() === null ? null : failure
  }

  async connect(options: ConnectOptions): Promise<void> {
    try {
      await this.#line.connect(options)
    } catch (thrown) {
      const failure = failureOf(thrown)
      if (this.#line !== this.#first || !isWayless(failure) || options.signal.aborted) throw thrown
      const other = this.#second(this.#listener)
      if (other.obstacle() !== null) throw new CallError(failure)
      this.#first.close(false)
      this.#line = other
      await other.connect(options)
    }
  }

  send(event: ClientEvent): boolean {
    return this.#line.send(event)
  }

  replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    return this.#line.replaceTrack(track)
  }

  unblockSound(): Promise<void> {
    return this.#line.unblockSound()
  }

  close(hangUp: boolean): void {
    this.#line.close(hangUp)
  }
}

/** There is no way for sound on this line, though perhaps on another. */
function isWayless({ reason }: Failure): boolean {
  return reason === 'no-media-path' || reason === 'no-webrtc'
}
