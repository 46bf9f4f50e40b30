/** Numbers in words, the same everywhere in a report. */

/** 0.6667 → 66.7% */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

/** A difference of shares: 0.012 → +1.2 points */
export function points(difference: number): string {
  return `${signed(difference * 100, 1)} points`;
}

/** The ends of an interval of differences: −1.2 to +0.3 */
export function pointRange(low: number, high: number): string {
  return `${signed(low * 100, 1)} to ${signed(high * 100, 1)}`;
}

/** −0.1 → −0.10, with a real minus sign, so that figures of one column align. */
export function decimal(value: number, digits: number): string {
  return value.toFixed(digits).replace('-', '−');
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}

/** 2,000, and with a word 1 image, 2,000 images */
export function count(number: number, one?: string, many = `${one}s`): string {
  const figure = number.toLocaleString('en');
  return one === undefined ? figure : `${figure} ${number === 1 ? one : many}`;
}
