// Joins class names; of two Tailwind classes for the same thing the later one counts.
import { type ClassValue, clsx } from 'clsx'
import { twMerge } from 'tailwind-merge'

/** The joined class names. */
export function classes(...names: readonly ClassValue[]): string {
  return twMerge(clsx(names))
}
