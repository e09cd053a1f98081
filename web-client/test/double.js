// The server's double for the browser runs: answers the page's call with a second peer, or a second end of a WebSocket, in the same page. It never ships.
// It is put into the page before the page's own scripts; `window.__double` then drives it.
;(() => {
  const double = { mode: 'ok', received: [], calls: [], hungUp: 0, channel: null, peer: null, socket: null, protocols: [], appended: [], voice: null }
  const realFetch = window.fetch.bind(window)

  window.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, location.href)
    if (url.pathname === '/v1/realtime') return asked()
    if (!url.pathname.startsWith('/v1/realtime/calls')) return realFetch(input, init)
    if (init?.method === 'DELETE') {
      double.hungUp += 1
      return new Response(null, { status: 204 })
    }
    double.calls.push(url.search)
    if (double.mode === 'down') throw new TypeError('Failed to fetch')
    if (double.mode === 'busy') return problem(503, 'All lines are busy', { 'Retry-After': '12' })
    if (double.mode === 'gone') return problem(410, 'The session is over')
    if (double.mode === 'refused') return problem(422, 'The offer has no Opus codec.')
    const answer = await answerTo(init.body)
    return new Response(answer, { status: 201, headers: { 'Content-Type': 'application/sdp', Location: '/v1/realtime/calls/call_1' } })
  }

  /** The WebSocket's address without a WebSocket: all it tells is whether the server is there and lets the caller in. */
  function asked() {
    if (double.mode === 'down') throw new TypeError('Failed to fetch')
    if (double.mode === 'busy') return problem(503, 'All lines are busy', { 'Retry-After': '12' })
    if (double.mode === 'refused') return problem(401, 'Send an API key.')
    return problem(426, 'Open this address as a WebSocket.')
  }

  /** The page's end of a WebSocket whose other end is `double`. */
  class Socket {
    readyState = 0
    bufferedAmount = 0

    constructor(address, protocols) {
      const url = new URL(address)
      double.calls.push(url.search)
      double.protocols = protocols
      setTimeout(() => {
        if (this.readyState !== 0) return
        if (double.mode !== 'ok') return this.end(1006)
        this.readyState = 1
        double.socket = this
        double.channel = null
        this.onopen?.(new Event('open'))
        const session = { id: 'sess_1', object: 'realtime.session', type: 'realtime', audio: { input: { turn_detection: { type: 'semantic_vad', interrupt_response: true } } } }
        double.emit({ type: 'session.created', session })
        double.emit({ type: 'voxfare.session', session_id: 'sess_1', resume_token: 'rt_1', resume_expires_at: 4102444800, resumed: url.searchParams.has('resume') })
      }, 5)
    }

    send(text) {
      const event = JSON.parse(text)
      if (event.type === 'input_audio_buffer.append') double.appended.push((event.audio.length * 3) / 4 / 48)
      else double.received.push(event)
    }

    close(code) {
      if (code === 1000) double.hungUp += 1
      if (this.readyState < 2) setTimeout(() => this.end(code), 5)
      this.readyState = 2
    }

    end(code) {
      this.readyState = 3
      if (double.socket === this) double.socket = null
      this.onclose?.(new CloseEvent('close', { code }))
    }
  }
  window.WebSocket = Socket

  // What the page really plays of sound that came in events.
  const Native = window.AudioWorkletNode
  window.AudioWorkletNode = class extends (Native ?? Object) {
    constructor(context, name, options) {
      super(context, name, options)
      if (name !== 'voxfare-playback') return
      double.voice = context.createAnalyser()
      double.voice.fftSize = 256
      this.connect(double.voice)
    }
  }

  function problem(status, detail, headers = {}) {
    return new Response(JSON.stringify({ type: 'about:blank', title: 'Refused', status, detail }), {
      status,
      headers: { 'Content-Type': 'application/problem+json', ...headers },
    })
  }

  async function answerTo(offer) {
    const peer = new RTCPeerConnection()
    double.peer = peer
    peer.addEventListener('datachannel', ({ channel }) => {
      double.channel = channel
      channel.addEventListener('message', ({ data }) => double.received.push(JSON.parse(data)))
    })
    await peer.setRemoteDescription({ type: 'offer', sdp: offer })
    const context = new AudioContext()
    const out = context.createMediaStreamDestination()
    double.gain = context.createGain()
    double.gain.gain.value = 0
    const tone = context.createOscillator()
    tone.frequency.value = 220
    tone.connect(double.gain).connect(out)
    tone.start()
    peer.addTrack(out.stream.getAudioTracks()[0], out.stream)
    await peer.setLocalDescription(await peer.createAnswer())
    const until = performance.now() + 2000
    while (peer.iceGatheringState !== 'complete' && performance.now() < until) await new Promise((done) => setTimeout(done, 20))
    return peer.localDescription.sdp
  }

  /** Sends one event, as the server would. */
  double.emit = (event) => {
    const text = JSON.stringify({ event_id: `event_${Math.random()}`, ...event })
    if (double.socket === null) double.channel.send(text)
    else double.socket.onmessage?.(new MessageEvent('message', { data: text }))
  }
  /** Sends `ms` of a tone as a saying's sound, as fast as it is made. */
  double.say = (item, ms) => {
    for (let from = 0; from < ms; from += 250) {
      const pcm = Int16Array.from({ length: 6000 }, (_, at) => 8000 * Math.sin((2 * Math.PI * 220 * (from * 24 + at)) / 24000))
      const delta = btoa(String.fromCharCode(...new Uint8Array(pcm.buffer)))
      double.emit({ type: 'response.output_audio.delta', response_id: `resp_${item}`, item_id: item, output_index: 0, content_index: 0, delta })
    }
  }
  /** How loud the page plays what came in events, as a peak from 0 to 1. */
  double.loudness = () => {
    if (double.voice === null) return 0
    const samples = new Float32Array(double.voice.fftSize)
    double.voice.getFloatTimeDomainData(samples)
    return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  }
  /** Speaks over the voice; answers the ms until it was silent. */
  double.speakOver = async () => {
    const from = performance.now()
    double.emit({ type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: 'item_over' })
    while (double.loudness() > 0.001 && performance.now() - from < 3000) await new Promise((done) => setTimeout(done, 2))
    return performance.now() - from
  }
  /** Sends the script's events up to and with `last` (a count, or all), with no pauses. */
  double.play = (script, last = script.length) => {
    for (const [, event] of script.slice(0, last)) double.emit(event)
  }
  /** Makes the voice sound, at 0..1. */
  double.sound = (volume) => {
    double.gain.gain.value = volume
  }
  /** Breaks the line as a dead server does. */
  double.drop = () => (double.socket === null ? double.peer.close() : double.socket.end(1006))
  window.__double = double
})()
