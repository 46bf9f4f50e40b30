/** The tables of clusters, duplicates and the map; made with all other tables in `schema.ts`. */

/**
 * A clustering is one run over the items of one model. Clusters keep their id and name from run to run where they stay
 * mostly the same; `centre` is float32 [dim], `facts` is JSON with what is shown of a cluster and never searched by.
 */
export const CLUSTER_TABLES = `
  CREATE TABLE clusterings (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    model INTEGER NOT NULL REFERENCES models (key) ON DELETE CASCADE,
    method TEXT NOT NULL,
    params TEXT NOT NULL,
    facts TEXT NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE clusters (
    clustering INTEGER NOT NULL REFERENCES clusterings (key) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT,
    size INTEGER NOT NULL,
    centre BLOB NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (clustering, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE cluster_members (
    clustering INTEGER NOT NULL REFERENCES clusterings (key) ON DELETE CASCADE,
    item INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
    cluster TEXT,
    confidence REAL NOT NULL,
    PRIMARY KEY (clustering, item)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX members_by_cluster ON cluster_members (clustering, cluster, confidence DESC, item);
  CREATE INDEX members_by_item ON cluster_members (item);
  CREATE TABLE duplicates (
    clustering INTEGER NOT NULL REFERENCES clusterings (key) ON DELETE CASCADE,
    item INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
    duplicate_group INTEGER NOT NULL,
    similarity REAL NOT NULL,
    PRIMARY KEY (clustering, duplicate_group, item)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX duplicates_by_item ON duplicates (item);
  CREATE TABLE map_points (
    clustering INTEGER NOT NULL REFERENCES clusterings (key) ON DELETE CASCADE,
    item INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
    x REAL NOT NULL,
    y REAL NOT NULL,
    PRIMARY KEY (clustering, item)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX map_points_by_item ON map_points (item);`;
