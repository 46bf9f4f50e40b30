// @ts-check
/**
 * What the user has chosen to see, and the filter that says so to the server. The address carries the filter itself, so
 * that one made elsewhere works too; what this page cannot show in its panel is kept as it is.
 */
import { readable, valueInWords } from '../words.js';

/**
 * @typedef {import('../api/galleries.js').Scalar} Scalar
 * @typedef {{ field: string, [condition: string]: unknown }} Condition of one field, such as { field: 'label', in: ['cup'] }
 * @typedef {Record<string, unknown>} Filter as the server takes it
 */

/** The conditions that must all hold. @param {string | null} text the filter as the address has it @returns {Filter[]} */
export function conditionsOf(text) {
  if (!text) return [];
  try {
    const filter = JSON.parse(text);
    return Array.isArray(filter?.and) ? filter.and : [filter];
  } catch {
    return [];
  }
}

/** @param {Filter[]} conditions @returns {Filter | undefined} */
export function filterOf(conditions) {
  return conditions.length > 1 ? { and: conditions } : conditions[0];
}

/** The conditions with those of one field replaced. @param {Filter[]} conditions @param {string} field @param {Filter | undefined} next */
export function withField(conditions, field, next) {
  const others = conditions.filter((condition) => fieldOf(condition) !== field);
  return next ? [...others, next] : others;
}

/** The field that a condition is about. @param {Filter} condition @returns {string | undefined} */
export function fieldOf(condition) {
  if (typeof condition.field === 'string') return condition.field;
  const [first] = Array.isArray(condition.or) ? condition.or : [condition.not];
  return first && typeof first === 'object' ? first.field : undefined;
}

/** The values that a field may have by the conditions; null stands for no value. @param {Filter[]} conditions @param {string} field @returns {(Scalar | null)[]} */
export function chosenValues(conditions, field) {
  const condition = conditions.find((each) => fieldOf(each) === field);
  if (!condition) return [];
  const parts = Array.isArray(condition.or) ? condition.or : [condition];
  return parts.flatMap((part) => (Array.isArray(part.in) ? part.in : part.exists === false ? [null] : []));
}

/** @param {string} field @param {(Scalar | null)[]} values @returns {Filter | undefined} */
export function conditionOfValues(field, values) {
  const named = values.filter((value) => value !== null);
  const parts = [
    ...(named.length > 0 ? [{ field, in: named }] : []),
    ...(values.includes(null) ? [{ field, exists: false }] : []),
  ];
  return parts.length > 1 ? { or: parts } : parts[0];
}

/** @param {Filter[]} conditions @param {string} field @returns {{ gte?: number, lte?: number }} */
export function chosenRange(conditions, field) {
  const range = conditions.find((each) => fieldOf(each) === field)?.range;
  return range && typeof range === 'object' ? range : {};
}

/** A condition in words, such as “label: cup or mug”. @param {Filter} condition */
export function conditionInWords(condition) {
  const field = fieldOf(condition);
  if (field === undefined) return JSON.stringify(condition);
  const { gte, lte } = chosenRange([condition], field);
  const name = fieldName(field);
  if (gte !== undefined && lte !== undefined) return `${name}: ${gte} to ${lte}`;
  if (gte !== undefined) return `${name}: at least ${gte}`;
  if (lte !== undefined) return `${name}: at most ${lte}`;
  const values = chosenValues([condition], field);
  if (values.length === 0) return JSON.stringify(condition);
  const words = values.map((value) => (value === null ? 'none' : valueInWords(value)));
  return `${name}: ${words.length > 3 ? `${words.length} chosen` : words.join(' or ')}`;
}

/** @param {string} field as filters name it */
export const fieldName = (field) => readable(field.replace(/^metadata\./, ''));
