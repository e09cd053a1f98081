// What a line that carries sound in events needs of ears and a mouth.

/** Hears the caller and plays Voxfare. All counts are samples of `rateHz` since `open`. */
export interface Sound {
  /** Samples a second of all counts. */
  readonly rateHz: number
  /** What meters listen to; null where there is nothing to listen to. */
  readonly output: AudioNode | null
  /** Begins. What is heard comes as samples of the wire's rate. */
  open(listener: SoundListener): Promise<void>
  /** Hears this microphone from now on; null hears nobody. */
  setTrack(track: MediaStreamTrack | null): void
  /** Queues samples of the wire's rate; answers how many of `rateHz` they became. */
  play(pcm: Int16Array): number
  /** Stops at once and forgets the queue; answers how many samples were played in all. */
  cut(): Promise<number>
  /** Lets sound through that was held back; call it from a touch or a key press. */
  unblock(): Promise<void>
  /** Ends; `open` may be called again. */
  close(): void
}

/** What a sound tells. */
export interface SoundListener {
  /** The caller was heard. */
  readonly onHeard: (pcm: Int16Array) => void
  /** So many samples were played in all. */
  readonly onPlayed: (total: number) => void
  /** The browser holds back sound (true), or lets it through again (false). */
  readonly onBlocked: (blocked: boolean) => void
}
