/** Long lists in messages for people. */

/** The first few names, and how many more there are: `a, b, c and 12 more`. */
export function listFirst(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
