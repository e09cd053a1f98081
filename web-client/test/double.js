// The server's double for the browser runs: answers the page's call with a second peer in the same page. It never ships.
// It is put into the page before the page's own scripts; `window.__double` then drives it.
;(() => {
  const double = { mode: 'ok', received: [], calls: [], hungUp: 0, channel: null, peer: null }
  const realFetch = window.fetch.bind(window)

  window.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, location.href)
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
  double.emit = (event) => double.channel.send(JSON.stringify({ event_id: `event_${Math.random()}`, ...event }))
  /** Sends the script's events up to and with `last` (a count, or all), with no pauses. */
  double.play = (script, last = script.length) => {
    for (const [, event] of script.slice(0, last)) double.emit(event)
  }
  /** Makes the voice sound, at 0..1. */
  double.sound = (volume) => {
    double.gain.gain.value = volume
  }
  /** Breaks the line as a dead server does. */
  double.drop = () => double.peer.close()
  window.__double = double
})()
