// The schema of the wire, as the console uses it.
import type { Schema } from '../sdk/protocol/validate.ts'
import wire from '../sdk/protocol/realtime.schema.json'

/** Every event with its description and bounds. */
export const schema = wire as unknown as Schema
