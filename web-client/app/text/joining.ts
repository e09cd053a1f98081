// What is said where the traveller is asked to agree, and where a booking would earn. Words only.
import type { Asked, Edition } from '../../sdk/wallet/words.ts'

/** The words of the card that asks. */
export interface JoinWords {
  readonly title: string
  readonly intro: string
  readonly agreeing: string
  readonly button: string
}

/** What is asked, and why; `asks` is null for whoever has no account. */
export function joinWords(asks: readonly Asked[] | null, texts: number): JoinWords {
  const these = texts === 1 ? 'this text' : texts === 2 ? 'both texts' : `these ${texts} texts`
  if (asks === null) {
    return {
      title: 'Earn with your bookings', button: 'Join',
      intro: 'Each trip that you book here can earn you TRVL, a token: a part of what the booking brings in. Joining is free and needs no name, and you can take it back at any time.',
      agreeing: `If you join, you agree to ${these}.`,
    }
  }
  const agreeing = `If you agree, you accept ${these} as shown here.`
  if (asks.some(({ text, standing }) => text === 'rewards' && standing === 'taken_back')) {
    return { title: 'You earn nothing now', button: 'Agree again', agreeing, intro: 'You took back your agreement to rewards, so new bookings earn nothing. Agree again, and bookings after that earn.' }
  }
  if (asks.every(({ standing }) => standing === 'taken_back')) {
    return { title: 'New rewards wait', button: 'Agree again', agreeing, intro: 'You took back your agreement, so new rewards wait. They come once you agree again, or sign in with a wallet of your own.' }
  }
  const older = asks.some(({ standing }) => standing === 'older')
  return {
    title: older ? 'The terms have changed' : 'Your agreement is missing', button: 'Agree', agreeing,
    intro: `New rewards wait until you agree${older ? ' to the new text' : ''}. None is lost, and what you earned before is yours.`,
  }
}

/** Under a booking that earns nothing yet; null where there is nothing to say. `asks` is null for whoever has no account. */
export function hintWords(asks: readonly Asked[] | null): string | null {
  if (asks === null) return 'Bookings earn rewards once you join.'
  if (asks.length === 0 || asks.some(({ text, standing }) => text === 'rewards' && standing === 'taken_back')) return null
  return 'Its reward waits until you agree to the terms.'
}

/** Texts as a sentence names them. */
export function textNames(missing: readonly Edition[]): string {
  return missing.map(({ text }) => text).join(' and ')
}
