// @ts-check
import { readable } from '../words.js';

/** @typedef {import('../api/clusters.js').Cluster} Cluster */

/** What a cluster is called: its name, what most of its members are labelled as, or its number. @param {Pick<Cluster, 'id' | 'name' | 'suggestion'>} cluster */
export const titleOf = ({ id, name, suggestion }) =>
  name ?? (suggestion ? readable(suggestion.label) : `Cluster ${id}`);
