// Small readers that turn foreign JSON into our types, or into nothing. They never throw and never coerce.

/** What a reader answers when the value is not what it reads; distinct from a legitimate `null`. */
export const NOTHING: unique symbol = Symbol('nothing')

/** Reads one value, or answers `NOTHING`. */
export type Decoder<T> = (value: unknown) => T | typeof NOTHING

/** A string. */
export const str: Decoder<string> = (value) => (typeof value === 'string' ? value : NOTHING)

/** A finite number. */
export const num: Decoder<number> = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : NOTHING)

/** A boolean. */
export const bool: Decoder<boolean> = (value) => (typeof value === 'boolean' ? value : NOTHING)

/** Whatever JSON holds; for fields that are passed on and not looked into. */
export const any: Decoder<unknown> = (value) => value

/** One of the given words. */
export function oneOf<T extends string>(...words: readonly T[]): Decoder<T> {
  return (value) => words.find((word) => word === value) ?? NOTHING
}

/** The value, or `null` where it is null or missing. */
export function nullable<T>(inner: Decoder<T>): Decoder<T | null> {
  return (value) => (value === null || value === undefined ? null : inner(value))
}

/** The value, or `fallback` where it is null or missing. */
export function optional<T>(inner: Decoder<T>, fallback: T): Decoder<T> {
  return (value) => (value === null || value === undefined ? fallback : inner(value))
}

/** The value, or `fallback` whatever is wrong with it; for fields nothing depends on. */
export function lenient<T>(inner: Decoder<T>, fallback: T): Decoder<T> {
  return (value) => {
    const read = inner(value)
    return read === NOTHING ? fallback : read
  }
}

/** Every element must read, and there must be `least` of them; at most `ARRAY_MAX` are kept. */
export function arrayOf<T>(inner: Decoder<T>, least = 0): Decoder<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length < least) return NOTHING
    const all: T[] = []
    for (const element of value.slice(0, ARRAY_MAX)) {
      const read = inner(element)
      if (read === NOTHING) return NOTHING
      all.push(read)
    }
    return all
  }
}

/** An object whose named fields all read; other fields are left behind. */
export function object<T extends object>(fields: { readonly [K in keyof T]-?: Decoder<T[K]> }): Decoder<T> {
  return (value) => {
    if (!isRecord(value)) return NOTHING
    const made: Partial<T> = {}
    for (const key of Object.keys(fields) as (keyof T & string)[]) {
      const read = fields[key](value[key])
      if (read === NOTHING) return NOTHING
      made[key] = read
    }
    return made as T
  }
}

/** A union told apart by the word in its `tag` field. */
export function tagged<T>(tag: string, variants: Readonly<Record<string, Decoder<T>>>): Decoder<T> {
  return (value) => {
    if (!isRecord(value)) return NOTHING
    const word = value[tag]
    if (typeof word !== 'string' || !Object.hasOwn(variants, word)) return NOTHING
    return variants[word]?.(value) ?? NOTHING
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const ARRAY_MAX = 200
