/** The AsyncAPI 3.0 document for a schema of the wire, seen from the server. */
export function document(schema: unknown): unknown

/** The text of docs/asyncapi.json for a schema of the wire. */
export function text(schema: unknown): string
