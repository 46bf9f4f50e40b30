/** ln n!, exact to double precision. */

/** From here on Stirling's series is as exact as a double. */
const FIRST_OF_SERIES = 32;

const small: readonly number[] = smallLogFactorials();

/** ln n! of a whole number from 0 up: a table, then Stirling's series (DLMF 5.11.1). */
export function logFactorial(n: number): number {
  if (n < FIRST_OF_SERIES) return small[n] as number;
  const square = n * n;
  const series = (1 / 12 - (1 / 360 - 1 / (1260 * square)) / square) / n;
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + series;
}

function smallLogFactorials(): number[] {
  const values = [0];
  for (let n = 1; n < FIRST_OF_SERIES; n++) values.push((values[n - 1] as number) + Math.log(n));
  return values;
}
