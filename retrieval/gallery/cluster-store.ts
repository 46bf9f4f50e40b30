/** Clusters and their members in the gallery's database. Knows nothing of how they are found, and of no vectors but centres. */
import { SinterError } from '../errors.ts';
import type { Slot } from '../index/vector-index.ts';
import type { Database, Value } from './database.ts';
import type { ItemId } from './item.ts';
import { toBytes, toVector } from './rows.ts';

export type ClusterId = number & { readonly brand: 'cluster' };

/** What is kept of a cluster beside its members. */
export type ClusterFacts = {
  /** The embedding of the item in its middle. */
  medoid: Slot;
  /** The mean and the least cosine of a member and the centre nearest to it. */
  cohesion: number;
  reach: number;
  /** Clusters whose centres are the most similar, most similar first. */
  nearest: { id: ClusterId; similarity: number }[];
  /** Of a density cluster: from which to which distance it holds together. */
  extent?: { widest: number; densest: number };
};

export type StoredCluster = {
  id: ClusterId;
  /** The user's name for it. */
  name: string | null;
  /** Whether the user merged others into it. */
  isMerged: boolean;
  /** Float32 [m, dim]. */
  centres: Float32Array;
  facts: ClusterFacts;
};

/** `cluster` is null for an item in none. */
export type Membership = { cluster: ClusterId | null; confidence: number; coreDistance: number | null };

/** The labels of a cluster's members, where they have one: the most frequent, how many have it, how many have any. */
export type LabelVote = { label: string; votes: number; labelled: number };

type ClusterRow = { id: ClusterId; name: string | null; is_merged: number; centres: Buffer; facts: string };
type MemberRow = { id: ItemId; cluster: ClusterId | null; confidence: number; coreDistance: number | null };

const MEMBERS = `cluster_members AS members JOIN embeddings ON embeddings.slot = members.slot
  JOIN items ON items.key = embeddings.item`;

export class ClusterStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** All of a run, by id. */
  list(analysis: number): StoredCluster[] {
    const rows = this.#db.all<ClusterRow>('SELECT * FROM clusters WHERE analysis = ? ORDER BY id', analysis);
    return rows.map(toCluster);
  }

  /** Throws `not-found`. */
  get(analysis: number, id: ClusterId): StoredCluster {
    const sql = 'SELECT * FROM clusters WHERE analysis = ? AND id = ?';
    const row = this.#db.get<ClusterRow>(sql, analysis, id);
    if (row) return toCluster(row);
    const message = `There is no cluster ${id}. It may have been merged into another, or dissolved when the gallery was clustered again.`;
    throw new SinterError('not-found', message);
  }

  /** Members of every cluster; of null, the items in none. */
  sizes(analysis: number): Map<ClusterId | null, number> {
    const sql = 'SELECT cluster, count(*) AS size FROM cluster_members WHERE analysis = ? GROUP BY cluster';
    const rows = this.#db.all<{ cluster: ClusterId | null; size: number }>(sql, analysis);
    return new Map(rows.map(({ cluster, size }) => [cluster, size]));
  }

  /** The surest first. */
  members(
    analysis: number,
    cluster: ClusterId,
    offset: number,
    limit: number,
  ): { id: ItemId; confidence: number }[] {
    const sql = `SELECT items.id, confidence FROM ${MEMBERS} WHERE analysis = ? AND cluster = ?
      ORDER BY confidence DESC, members.slot LIMIT ? OFFSET ?`;
    return this.#db.all(sql, analysis, cluster, limit, offset);
  }

  /** Of the items among these ids that are in the run, looked up one by one and not among all members. */
  memberships(analysis: number, ids: ItemId[]): Map<ItemId, Membership> {
    const sql = `SELECT items.id, cluster, confidence, core_distance AS coreDistance FROM json_each(?) AS wanted
      CROSS JOIN items ON items.id = wanted.value CROSS JOIN embeddings ON embeddings.item = items.key
      CROSS JOIN cluster_members AS members ON members.analysis = ? AND members.slot = embeddings.slot`;
    const rows = this.#db.all<MemberRow>(sql, JSON.stringify(ids), analysis);
    return new Map(rows.map(({ id, ...membership }) => [id, membership]));
  }

  /** The cluster of every embedding that a run has seen. */
  clustersOfSlots(analysis: number): Map<Slot, ClusterId | null> {
    const sql = `SELECT json_group_array(json_array(slot, cluster)) AS list FROM cluster_members WHERE analysis = ?`;
    return new Map(this.#db.list<[Slot, ClusterId | null]>(sql, analysis));
  }

  /** The item of an embedding, if it is there still. */
  itemOf(slot: Slot): ItemId | undefined {
    const sql = 'SELECT id FROM embeddings JOIN items ON items.key = item WHERE slot = ?';
    return this.#db.get<{ id: ItemId }>(sql, slot)?.id;
  }

  /** The votes of these clusters' members on their label; a cluster without labelled members has none. */
  votes(analysis: number, clusters: ClusterId[]): Map<ClusterId, LabelVote> {
    const sql = `SELECT cluster, label, count(*) AS votes FROM ${MEMBERS}
      WHERE analysis = ? AND cluster IN (SELECT value FROM json_each(?)) AND label IS NOT NULL
      GROUP BY cluster, label ORDER BY votes DESC, label`;
    type Row = { cluster: ClusterId; label: string; votes: number };
    const votes = new Map<ClusterId, LabelVote>();
    for (const { cluster, ...row } of this.#db.all<Row>(sql, analysis, JSON.stringify(clusters))) {
      const first = votes.get(cluster);
      if (first) first.labelled += row.votes;
      else votes.set(cluster, { ...row, labelled: row.votes });
    }
    return votes;
  }

  /** Adds clusters to a run. Within a `write`. */
  add(analysis: number, clusters: StoredCluster[]): void {
    const sql = `INSERT INTO clusters (analysis, id, name, is_merged, centres, facts) VALUES (?, ?, ?, ?, ?, ?)`;
    for (const { id, name, isMerged, centres, facts } of clusters)
      this.#db.run(sql, analysis, id, name, Number(isMerged), toBytes(centres), JSON.stringify(facts));
  }

  /** Names a cluster, or takes its name away. Throws `not-found`. */
  rename(analysis: number, id: ClusterId, name: string | null): void {
    this.#edit(analysis, () => {
      this.get(analysis, id);
      this.#change(analysis, id, { name });
    });
  }

  /** Puts a cluster in the place of another, whose members become its own and which is gone. Throws `not-found`. */
  merge(analysis: number, into: StoredCluster, from: ClusterId): void {
    this.#edit(analysis, () => {
      const { name, isMerged, centres, facts } = into;
      const move = 'UPDATE cluster_members SET cluster = ? WHERE analysis = ? AND cluster = ?';
      this.#db.run(move, into.id, analysis, from);
      this.#db.run('DELETE FROM clusters WHERE analysis = ? AND id = ?', analysis, from);
      const values = {
        name,
        is_merged: Number(isMerged),
        centres: toBytes(centres),
        facts: JSON.stringify(facts),
      };
      this.#change(analysis, into.id, values);
      for (const cluster of this.list(analysis)) {
        const nearest = renamed(cluster, from, into.id);
        this.#change(analysis, cluster.id, { facts: JSON.stringify({ ...cluster.facts, nearest }) });
      }
    });
  }

  #edit(analysis: number, work: () => void): void {
    this.#db.write(() => {
      work();
      this.#db.run('UPDATE analyses SET edits = edits + 1 WHERE key = ?', analysis);
    });
  }

  #change(analysis: number, id: ClusterId, values: Record<string, Value>): void {
    const columns = Object.keys(values).map((column) => `${column} = ?`);
    const sql = `UPDATE clusters SET ${columns.join(', ')} WHERE analysis = ? AND id = ?`;
    this.#db.run(sql, ...Object.values(values), analysis, id);
  }
}

function toCluster({ id, name, is_merged, centres, facts }: ClusterRow): StoredCluster {
  const vectors = toVector({ vector: centres });
  return { id, name, isMerged: is_merged === 1, centres: vectors, facts: JSON.parse(facts) };
}

/** A cluster's nearest ones, where one of them goes by another id now. */
function renamed({ id, facts }: StoredCluster, from: ClusterId, into: ClusterId): ClusterFacts['nearest'] {
  const nearest = facts.nearest.map((other) => (other.id === from ? { ...other, id: into } : other));
  return nearest.filter(
    (other, i) => other.id !== id && nearest.findIndex((one) => one.id === other.id) === i,
  );
}
