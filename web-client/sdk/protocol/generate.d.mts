/** The text of events.gen.ts for a schema. */
export function render(schema: unknown): string

/** The `type` words of an event union, in the order of the schema. */
export function typesOf(schema: unknown, union: string): readonly string[]
