/** Protocols in words, the same everywhere in a report. */
import type { ProtocolName } from '../validation/validation.ts';

/** What the classes of a protocol are to the model. */
export const CLASSES: Record<ProtocolName, string> = { open: 'New classes', closed: 'Known classes' };
