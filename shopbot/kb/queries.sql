-- name: add_entry_version(store_id, entry_id, version, content, file, line, seen)!
-- Keep a version of an entry; one seen before only moves its place and last sight.
INSERT INTO kb_entry_versions
  (store_id, entry_id, version, content, file, line, first_seen, last_seen)
VALUES (:store_id, :entry_id, :version, :content, :file, :line, :seen, :seen)
ON CONFLICT (store_id, entry_id, version) DO UPDATE
SET file = excluded.file, line = excluded.line, last_seen = excluded.last_seen
WHERE kb_entry_versions.last_seen <= excluded.last_seen;

-- name: get_entry_version(store_id, entry_id, version)^
-- One version of an entry, whenever it was served.
SELECT entry_id, version, content, file, line, first_seen, last_seen
FROM kb_entry_versions
WHERE store_id = :store_id AND entry_id = :entry_id AND version = :version;

-- name: list_entry_versions(store_id, entry_id)
-- All versions of an entry, the latest first.
SELECT entry_id, version, content, file, line, first_seen, last_seen
FROM kb_entry_versions
WHERE store_id = :store_id AND entry_id = :entry_id
ORDER BY last_seen DESC, version;
