-- Important customers (重点客户): marked by an agent, or vouched for by the shop's own site.

CREATE TABLE desk_important (
  store_id TEXT NOT NULL,
  visitor TEXT NOT NULL CHECK (visitor <> ''),
  marked_by TEXT NOT NULL CHECK (marked_by <> ''),
  at TEXT NOT NULL,
  PRIMARY KEY (store_id, visitor)
);
