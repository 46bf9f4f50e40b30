// @ts-check
/** Long work on the server, shown in the head while there is some. */
export function JobsButton() {
  return null;
}
