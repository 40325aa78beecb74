-- Statements of claims, in the portable subset (docs/architecture.md).

-- name: get_claim(store_id, id)
-- One claim.
SELECT
  id, store_id, order_number, parcel, carrier, kind, state, asked_fen, won_fen, papers, note,
  opened_by, opened_at, deadline, filed_at, ended_at, version
FROM parcel_claims
WHERE store_id = :store_id AND id = :id;

-- name: find_open_claim(store_id, parcel)
-- The claim about a parcel that has not ended.
SELECT
  id, store_id, order_number, parcel, carrier, kind, state, asked_fen, won_fen, papers, note,
  opened_by, opened_at, deadline, filed_at, ended_at, version
FROM parcel_claims
WHERE store_id = :store_id AND parcel = :parcel AND ended_at IS NULL;

-- name: list_claims(store_id, state, order_number, only_open, count)
-- Newest first; blanks and 0 do not filter.
SELECT
  id, store_id, order_number, parcel, carrier, kind, state, asked_fen, won_fen, papers, note,
  opened_by, opened_at, deadline, filed_at, ended_at, version
FROM parcel_claims
WHERE store_id = :store_id
  AND (:state = '' OR state = :state)
  AND (:order_number = '' OR order_number = :order_number)
  AND (:only_open = 0 OR ended_at IS NULL)
ORDER BY opened_at DESC, id DESC
LIMIT :count;

-- name: add_claim(id, store_id, order_number, parcel, carrier, kind, state, note, opened_by, opened_at, deadline)!
-- A new claim; nothing when one about the parcel is open.
INSERT INTO parcel_claims
  (
    id, store_id, order_number, parcel, carrier, kind, state, note, opened_by, opened_at, deadline
  )
VALUES
  (
    :id, :store_id, :order_number, :parcel, :carrier, :kind, :state, :note, :opened_by, :opened_at,
    :deadline
  )
ON CONFLICT DO NOTHING;

-- name: update_claim(store_id, id, version, state, asked_fen, won_fen, papers, note, deadline, filed_at, ended_at)!
-- A step of a claim that nobody has changed since it was read.
UPDATE parcel_claims
SET
  state = :state, asked_fen = :asked_fen, won_fen = :won_fen, papers = :papers, note = :note,
  deadline = :deadline, filed_at = :filed_at, ended_at = :ended_at, version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version;

-- name: found_after_paid(store_id, since)
-- Claims whose parcel was found since, though its buyer is paid for it.
SELECT c.id FROM parcel_claims AS c
WHERE c.store_id = :store_id AND c.state = 'found' AND c.ended_at >= :since AND EXISTS (
    SELECT 1 FROM claim_compensations AS p
    WHERE p.store_id = c.store_id AND p.claim_id = c.id AND p.state = 'approved'
  )
ORDER BY c.id;

-- name: parcels_in_hand(store_id)
-- Parcels that a claim is about, or whose buyer is paid for them: nobody has to be told to begin.
SELECT order_number, parcel FROM parcel_claims
WHERE store_id = :store_id AND ended_at IS NULL
UNION
SELECT order_number, parcel FROM claim_compensations
WHERE store_id = :store_id AND state <> 'denied';

-- name: claim_sums(store_id)
-- Claims and money by courier and state.
SELECT carrier, state, COUNT(*) AS claims, SUM(asked_fen) AS asked_fen, SUM(won_fen) AS won_fen
FROM parcel_claims
WHERE store_id = :store_id
GROUP BY carrier, state
ORDER BY carrier, state;

-- name: paid_sums(store_id)
-- What was paid to buyers, by courier.
SELECT c.carrier AS carrier, SUM(p.fen) AS fen
FROM claim_compensations AS p
INNER JOIN parcel_claims AS c ON c.id = p.claim_id
WHERE p.store_id = :store_id AND p.state = 'approved'
GROUP BY c.carrier
ORDER BY c.carrier;

-- name: compensations_of_claim(store_id, claim_id)
-- What was asked for a buyer in a claim, oldest first.
SELECT
  id, store_id, claim_id, order_number, parcel, fen, state, asked_by, asked_at, decided_by,
  decided_at, version
FROM claim_compensations
WHERE store_id = :store_id AND claim_id = :claim_id
ORDER BY asked_at, id;

-- name: asked_compensations(store_id)
-- What waits for a supervisor, oldest first.
SELECT
  id, store_id, claim_id, order_number, parcel, fen, state, asked_by, asked_at, decided_by,
  decided_at, version
FROM claim_compensations
WHERE store_id = :store_id AND state = 'asked'
ORDER BY asked_at, id;

-- name: add_compensation(id, store_id, claim_id, order_number, parcel, fen, state, asked_by, asked_at, decided_by, decided_at)!
-- A compensation; nothing when the parcel has one that was not denied.
INSERT INTO claim_compensations
  (
    id, store_id, claim_id, order_number, parcel, fen, state, asked_by, asked_at, decided_by,
    decided_at
  )
VALUES
  (
    :id, :store_id, :claim_id, :order_number, :parcel, :fen, :state, :asked_by, :asked_at,
    :decided_by, :decided_at
  )
ON CONFLICT DO NOTHING;

-- name: decide_compensation(store_id, id, version, state, decided_by, decided_at)!
-- A supervisor's word about what waits for it.
UPDATE claim_compensations
SET state = :state, decided_by = :decided_by, decided_at = :decided_at, version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version AND state = 'asked';
