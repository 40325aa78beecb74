-- Statements of order sources, in the portable subset (docs/architecture.md).

-- name: get_source(store_id, source)
-- How far a source was read and how it is doing.
SELECT store_id, source, cursor, as_of, tried_at, ok_at, failures, open_until, problem
FROM order_sources
WHERE store_id = :store_id AND source = :source;

-- name: list_sources(store_id)
-- All sources that were ever tried.
SELECT store_id, source, cursor, as_of, tried_at, ok_at, failures, open_until, problem
FROM order_sources
WHERE store_id = :store_id
ORDER BY source;

-- name: put_source(store_id, source, cursor, as_of, tried_at, ok_at, failures, open_until, problem)!
-- A source as it now stands.
INSERT INTO order_sources
  (store_id, source, cursor, as_of, tried_at, ok_at, failures, open_until, problem)
VALUES
  (:store_id, :source, :cursor, :as_of, :tried_at, :ok_at, :failures, :open_until, :problem)
ON CONFLICT (store_id, source) DO UPDATE SET
  cursor = excluded.cursor, as_of = excluded.as_of, tried_at = excluded.tried_at,
  ok_at = excluded.ok_at, failures = excluded.failures, open_until = excluded.open_until,
  problem = excluded.problem;

-- name: drop_source(store_id, source)!
-- A source that is none any more.
DELETE FROM order_sources WHERE store_id = :store_id AND source = :source;

-- name: put_refused(store_id, source, order_number, why, at)!
-- An order of a source that could not be taken; the first time is kept, of a nameless one the last.
INSERT INTO source_refusals (store_id, source, order_number, why, at)
VALUES (:store_id, :source, :order_number, :why, :at)
ON CONFLICT (store_id, source, order_number) DO UPDATE SET
  why = excluded.why,
  at = CASE WHEN excluded.order_number = '?' THEN excluded.at ELSE source_refusals.at END;

-- name: drop_refused(store_id, source, order_number)!
-- It was taken after all.
DELETE FROM source_refusals
WHERE store_id = :store_id AND source = :source AND order_number = :order_number;

-- name: list_refused(store_id, nameless_since, count)
-- Orders that are at a source and not here, the longest waiting first.
SELECT source, order_number, why, at
FROM source_refusals
WHERE store_id = :store_id AND (order_number <> '?' OR at >= :nameless_since)
ORDER BY at, source, order_number
LIMIT :count;

-- name: add_seen(store_id, hook, digest, at)!
-- A push, by its nonce or digest; 0 when it was seen before.
INSERT INTO seen_pushes (store_id, hook, digest, at)
VALUES (:store_id, :hook, :digest, :at)
ON CONFLICT DO NOTHING;

-- name: forget_seen(store_id, before)!
-- Pushes that nobody could send again.
DELETE FROM seen_pushes WHERE store_id = :store_id AND at < :before;

-- name: put_parcel_refusal(store_id, parcel, at)!
-- The courier service would not speak of a parcel.
INSERT INTO parcel_refusals (store_id, parcel, at)
VALUES (:store_id, :parcel, :at)
ON CONFLICT (store_id, parcel) DO UPDATE SET at = excluded.at;

-- name: list_parcel_refusals(store_id, since)
-- Parcels that it would not speak of lately.
SELECT parcel FROM parcel_refusals
WHERE store_id = :store_id AND at > :since
ORDER BY parcel;

-- name: forget_parcel_refusals(store_id, before)!
-- What was refused so long ago that it may be asked again.
DELETE FROM parcel_refusals WHERE store_id = :store_id AND at <= :before;
