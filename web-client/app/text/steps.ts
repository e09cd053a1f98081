// What each step of a turn is called on the page, and its colour.
import type { StepName } from '../../sdk/latency.ts'

/** A step in words, and the class that paints it. */
export const STEPS: Readonly<Record<StepName, { readonly label: string; readonly paint: string }>> = {
  endpoint: { label: 'End of turn sensed', paint: 'bg-step-1' },
  transcript: { label: 'Words recognised', paint: 'bg-step-2' },
  first_token: { label: 'Answer begun', paint: 'bg-step-3' },
  first_audio: { label: 'Voice made', paint: 'bg-step-4' },
  first_packet: { label: 'Sound sent', paint: 'bg-step-5' },
}
