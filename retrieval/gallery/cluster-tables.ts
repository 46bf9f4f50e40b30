/** The tables of clusters, duplicates and the map; made with all other tables in `schema.ts`. */

/**
 * An analysis is one run over the embeddings of one model; of each kind one is current, others are being written or
 * dropped. What it says of an item hangs on the embedding's slot, and goes with it: an item with other content counts as
 * new. Clusters keep their id and name from run to run where they stay mostly the same. `centres` is float32 [m, dim], one
 * direction for each cluster that was merged into this one, `facts` is JSON with what is never searched by.
 */
export const CLUSTER_TABLES = `
  CREATE TABLE analyses (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    model INTEGER NOT NULL REFERENCES models (key) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('clusters', 'duplicates', 'map')),
    params TEXT NOT NULL,
    facts TEXT NOT NULL,
    edits INTEGER NOT NULL DEFAULT 0,
    is_current INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX current_analyses ON analyses (model, kind) WHERE is_current = 1;
  CREATE TABLE clusters (
    analysis INTEGER NOT NULL REFERENCES analyses (key) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    name TEXT,
    is_merged INTEGER NOT NULL,
    centres BLOB NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (analysis, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE cluster_members (
    analysis INTEGER NOT NULL REFERENCES analyses (key) ON DELETE CASCADE,
    slot INTEGER NOT NULL REFERENCES embeddings (slot) ON DELETE CASCADE,
    cluster INTEGER,
    confidence REAL NOT NULL,
    core_distance REAL,
    PRIMARY KEY (analysis, slot)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX members_by_cluster ON cluster_members (analysis, cluster, confidence DESC, slot);
  CREATE INDEX members_by_slot ON cluster_members (slot);
  CREATE TABLE duplicates (
    analysis INTEGER NOT NULL REFERENCES analyses (key) ON DELETE CASCADE,
    slot INTEGER NOT NULL REFERENCES embeddings (slot) ON DELETE CASCADE,
    duplicate_group INTEGER NOT NULL,
    cohesion REAL NOT NULL,
    PRIMARY KEY (analysis, duplicate_group, slot)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX duplicates_by_slot ON duplicates (slot);
  CREATE TABLE map_points (
    analysis INTEGER NOT NULL REFERENCES analyses (key) ON DELETE CASCADE,
    slot INTEGER NOT NULL REFERENCES embeddings (slot) ON DELETE CASCADE,
    x REAL NOT NULL,
    y REAL NOT NULL,
    PRIMARY KEY (analysis, slot)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX map_points_by_slot ON map_points (slot);`;
