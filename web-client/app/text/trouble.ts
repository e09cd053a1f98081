// What each failure is called on the page, and what the caller can do about it. Words only.
import type { Failure } from '../../sdk/failure.ts'

/** A failure in words. */
export interface Trouble {
  readonly title: string
  readonly body: string
  /** Trying again can help. */
  readonly again: boolean
  /** Typing instead of talking can help. */
  readonly typing: boolean
}

/** The words for a failure; `host` is the page's own host name, to say which address is meant. */
export function troubleOf(failure: Failure, host: string): Trouble {
  switch (failure.reason) {
    case 'insecure-context':
      return trouble('This address cannot use the microphone', `Browsers only open the microphone on a secure page. Open https://${host} instead, or use localhost on the server itself. You can also type here: Voxfare still answers aloud.`, false, true)
    case 'no-webrtc':
      return trouble('This browser cannot make calls', 'It has no WebRTC, which carries the sound. Use a current Chrome, Edge, Firefox or Safari.', false, false)
    case 'no-websocket':
      return trouble('There is no WebSocket here', 'Use a current Chrome, Edge, Firefox or Safari.', false, false)
    case 'no-sound':
      return trouble('The sound could not be opened', 'Reload the page. If it stays so, the page was not installed whole.', true, false)
    case 'microphone-denied':
      return trouble('The microphone is blocked', 'Allow it in the site settings, at the left end of the address bar, and try again. Or type: Voxfare still answers aloud.', true, true)
    case 'microphone-missing':
      return trouble('No microphone found', 'Plug one in and try again. Or type: Voxfare still answers aloud.', true, true)
    case 'microphone-busy':
      return trouble('Another program is using the microphone', 'Close it and try again. Or type: Voxfare still answers aloud.', true, true)
    case 'server-busy':
      return trouble('All lines are busy', 'Voxfare is taking as many calls as it can.', true, false)
    case 'server-unreachable':
      return trouble('Voxfare does not answer', 'Check your connection, or whether the server is running, then try again.', true, false)
    case 'no-media-path':
      return trouble('Sound cannot get through', 'The server answered, but no audio could be exchanged. A firewall or VPN that blocks UDP is the usual cause.', true, false)
    case 'not-allowed':
      return trouble('You are not signed in', 'The server did not accept this call. Reload the page to sign in again.', false, false)
    case 'refused':
      return trouble('The call was refused', failure.detail === '' ? `The server answered with status ${failure.status}.` : failure.detail, true, false)
    case 'session-over':
      return trouble('This conversation is over', 'Voxfare was restarted, or the line was away for too long. What was said stays on this page until you call again. Bookings already made stay made.', true, false)
    case 'connection-lost':
      return trouble('The connection was lost', 'It could not be restored in time. What was said stays on this page. Bookings already made stay made.', true, false)
  }
}

function trouble(title: string, body: string, again: boolean, typing: boolean): Trouble {
  return { title, body, again, typing }
}
