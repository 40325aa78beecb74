-- The shop's members, by a list that it keeps; a new list takes the place of the one before.
CREATE TABLE shop_members (
  store_id TEXT NOT NULL,
  buyer TEXT NOT NULL CHECK (buyer <> ''),
  level TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (store_id, buyer)
);
