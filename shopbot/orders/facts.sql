-- All that is known of up to forty orders. Portable subset (docs/architecture.md).

-- name: orders_in(store_id, numbers[40])
-- Orders by number.
SELECT
  store_id, number, status, channel, buyer, title, goods_fen, shipping_fen, total_fen, paid_fen,
  discount_fen, discount_store_fen, discount_platform_fen, discount_points_fen, points, quantity,
  created_at, paid_at, shipped_at, finished_at, closed_at, receiver, phone, address, province, city,
  district, buyer_note, seller_note, close_reason, invoice_title, payment_method, deposit_fen,
  balance_fen, deposit_paid_at, presale, presale_ship_by, freight_insurance, shop_name, source,
  rank, as_of, digest, older, version
FROM orders
WHERE store_id = :store_id AND number IN (:numbers[40])
ORDER BY number;

-- name: lines_in(store_id, numbers[40])
-- Their lines.
SELECT
  store_id, order_number, line_no, identity, known_sku, title, sku, attributes, colour, size,
  unit_fen, quantity, paid_fen, gift, exempt, parcels, status, rank, as_of, digest, older, version
FROM order_lines
WHERE store_id = :store_id AND order_number IN (:numbers[40])
ORDER BY order_number, line_no;

-- name: payments_in(store_id, numbers[40])
-- Money that came in for them.
SELECT store_id, order_number, number, kind, method, fen, at FROM order_payments
WHERE store_id = :store_id AND order_number IN (:numbers[40])
ORDER BY order_number, number;

-- name: discounts_in(store_id, numbers[40])
-- What made them cheaper.
SELECT store_id, order_number, number, kind, name, fen FROM order_discounts
WHERE store_id = :store_id AND order_number IN (:numbers[40])
ORDER BY order_number, number;

-- name: cases_in(store_id, numbers[40])
-- Their after-sale cases, oldest first.
SELECT
  id, store_id, order_number, line_no, kind, reason, state, quantity, detail, pictures,
  freight_payer, replacement_sku, return_parcel, return_carrier, resend_parcel, quote_fen, grade,
  restocked, lost, deadline, requested_at, received_at, inspected_at, ended_at, version
FROM order_cases
WHERE store_id = :store_id AND order_number IN (:numbers[40])
ORDER BY requested_at, id;

-- name: refunds_in(store_id, numbers[40])
-- Their refunds, oldest first.
SELECT
  id, store_id, order_number, line_no, case_id, state, goods_fen, shipping_fen, difference_fen,
  freight_fen, points, coupons, reason, due_at, created_at, paid_at, version
FROM refunds
WHERE store_id = :store_id AND order_number IN (:numbers[40])
ORDER BY created_at, id;

-- name: notes_in(store_id, numbers[40])
-- Remarks on them, oldest first.
SELECT id, store_id, order_number, author, who, text, at FROM order_notes
WHERE store_id = :store_id AND order_number IN (:numbers[40])
ORDER BY at, id;

-- name: address_changes_in(store_id, numbers[40])
-- Wishes to send them elsewhere, oldest first.
SELECT id, store_id, order_number, state, receiver, phone, address, asked_at, decided_at, version
FROM address_changes
WHERE store_id = :store_id AND order_number IN (:numbers[40])
ORDER BY asked_at, id;

-- name: tasks_in(store_id, numbers[40])
-- Their tasks, oldest first.
SELECT
  id, store_id, order_number, kind, key, state, parcel, line_no, wanted, times, asked_at, due_at,
  done_by, result, ended_at, version
FROM order_tasks
WHERE store_id = :store_id AND order_number IN (:numbers[40])
ORDER BY asked_at, id;

-- name: shipments_in(store_id, numbers[40])
-- Their parcels; doubtful: the number stands on another buyer's order too.
SELECT
  s.store_id, s.order_number, s.parcel, s.carrier, s.line_nos, s.shipped_at, s.state, s.rank,
  s.as_of, s.digest, s.older, s.version,
  CASE WHEN EXISTS (
    SELECT 1 FROM shipments AS t
    JOIN orders AS mine ON mine.store_id = s.store_id AND mine.number = s.order_number
    JOIN orders AS other ON other.store_id = t.store_id AND other.number = t.order_number
    WHERE t.store_id = s.store_id AND t.parcel = s.parcel AND t.order_number <> s.order_number
      AND COALESCE(mine.buyer, '') <> COALESCE(other.buyer, '')
  ) THEN 1 ELSE 0 END AS doubtful
FROM shipments AS s
WHERE s.store_id = :store_id AND s.order_number IN (:numbers[40])
ORDER BY s.order_number, s.parcel;

-- name: tracking_in(store_id, numbers[40])
-- What couriers told about their parcels, oldest first.
SELECT store_id, parcel, at, text, place, raw_status, source, as_of FROM tracking_events
WHERE store_id = :store_id AND parcel IN (
    SELECT parcel FROM shipments
    WHERE store_id = :store_id AND order_number IN (:numbers[40])
  )
ORDER BY parcel, at, digest;

-- name: parcel_checks_in(store_id, numbers[40])
-- For which moment the couriers' records of their parcels speak.
SELECT parcel, as_of FROM parcel_checks
WHERE store_id = :store_id AND parcel IN (
    SELECT parcel FROM shipments
    WHERE store_id = :store_id AND order_number IN (:numbers[40])
  )
ORDER BY parcel;

-- name: stock_outs_in(store_id, numbers[40])
-- Which of them the warehouse cannot ship, as staff have written down and not taken back.
SELECT DISTINCT e.order_number FROM order_events AS e
WHERE e.store_id = :store_id AND e.name = 'order.stock-out' AND e.order_number IN (:numbers[40])
  AND NOT EXISTS (
    SELECT 1 FROM order_events AS later
    WHERE later.store_id = e.store_id AND later.order_number = e.order_number
      AND later.name = 'order.stock-in' AND later.seq > e.seq
  )
ORDER BY e.order_number;
