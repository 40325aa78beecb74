-- Statements of reminders, in the portable subset (docs/architecture.md).

-- name: waiting_orders(store_id, since, after, count)
-- Orders that are not paid in full, by number.
SELECT number FROM orders
WHERE store_id = :store_id AND status IN ('unpaid', 'deposit_paid')
  AND created_at >= :since AND number > :after
ORDER BY number
LIMIT :count;

-- name: find_seed(store_id, share)
-- The seed of a share.
SELECT seed FROM reminder_seeds WHERE store_id = :store_id AND share = :share;

-- name: add_seed(store_id, share, seed, recorded_at)!
-- The first seed of a share stays.
INSERT INTO reminder_seeds (store_id, share, seed, recorded_at)
VALUES (:store_id, :share, :seed, :recorded_at)
ON CONFLICT DO NOTHING;

-- name: find_entry(store_id, order_number, kind)
-- Whether an order could be reminded before.
SELECT store_id, order_number, kind, held_out, entered_at, ended_at
FROM payment_reminders
WHERE store_id = :store_id AND order_number = :order_number AND kind = :kind;

-- name: add_entry(store_id, order_number, kind, held_out, entered_at)!
-- An order that can be reminded for the first time.
INSERT INTO payment_reminders (store_id, order_number, kind, held_out, entered_at)
VALUES (:store_id, :order_number, :kind, :held_out, :entered_at)
ON CONFLICT DO NOTHING;

-- name: end_entry(store_id, order_number, kind, ended_at)!
-- No reminder of it any more.
UPDATE payment_reminders SET ended_at = :ended_at
WHERE store_id = :store_id AND order_number = :order_number AND kind = :kind AND ended_at IS NULL;

-- name: settled_entries(store_id)
-- Orders that have been paid or closed since they could be reminded.
SELECT r.store_id, r.order_number, r.kind, r.held_out, r.entered_at, r.ended_at
FROM payment_reminders AS r
INNER JOIN orders AS o ON o.store_id = r.store_id AND o.number = r.order_number
WHERE r.store_id = :store_id AND r.ended_at IS NULL
  AND ((r.kind = 'pay' AND o.status <> 'unpaid')
    OR (r.kind = 'balance' AND o.status <> 'deposit_paid'))
ORDER BY r.order_number;

-- name: measured_entries(store_id, since, until)
-- What the effect is measured on: entered in a time, with when it was paid.
SELECT r.order_number, r.kind, r.held_out, r.entered_at, o.paid_at, o.deposit_paid_at
FROM payment_reminders AS r
INNER JOIN orders AS o ON o.store_id = r.store_id AND o.number = r.order_number
WHERE r.store_id = :store_id AND r.entered_at >= :since AND r.entered_at < :until
ORDER BY r.order_number, r.kind;

-- name: list_entries(store_id, only_open, count)
-- Newest first.
SELECT store_id, order_number, kind, held_out, entered_at, ended_at
FROM payment_reminders
WHERE store_id = :store_id AND (:only_open = 0 OR ended_at IS NULL)
ORDER BY entered_at DESC, order_number
LIMIT :count;
