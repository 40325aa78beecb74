-- Every version of an entry that could ever be said, kept for good: a receipt must stay readable
-- after the file has changed.
CREATE TABLE kb_entry_versions (
  store_id TEXT NOT NULL,
  entry_id TEXT NOT NULL,
  version TEXT NOT NULL,
  content TEXT NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL CHECK (line >= 1),
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  PRIMARY KEY (store_id, entry_id, version),
  CHECK (first_seen <= last_seen)
);
