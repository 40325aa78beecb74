-- Shoppers who wait for goods.

-- name: add_wish(id, store_id, visitor, product, name, colour, size, asked_at, expires_at)!
-- Somebody waits; changes no row when they do already.
INSERT INTO restock_wishes
  (id, store_id, visitor, product, name, colour, size, asked_at, expires_at)
VALUES
  (:id, :store_id, :visitor, :product, :name, :colour, :size, :asked_at, :expires_at)
ON CONFLICT (store_id, visitor, product, colour, size) WHERE ended_at IS NULL DO NOTHING;

-- name: step_wish(store_id, id, version, state, message_id, times, why, ended_at)!
-- What became of a wish; changes no row when somebody was faster.
UPDATE restock_wishes
SET state = :state, message_id = :message_id, times = :times, why = :why, ended_at = :ended_at,
    version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version AND ended_at IS NULL;

-- name: find_open_wish(store_id, id)
-- A wish that is not over.
SELECT
  id, store_id, visitor, product, name, colour, size, state, message_id, times, why, asked_at,
  expires_at, ended_at, version
FROM restock_wishes
WHERE store_id = :store_id AND id = :id AND ended_at IS NULL;

-- name: find_wish_of_message(store_id, message_id)
-- The wish that a message tells.
SELECT
  id, store_id, visitor, product, name, colour, size, state, message_id, times, why, asked_at,
  expires_at, ended_at, version
FROM restock_wishes
WHERE store_id = :store_id AND message_id = :message_id AND ended_at IS NULL;

-- name: wishes_of_visitor(store_id, visitor)
-- What a visitor waits for, oldest first.
SELECT
  id, store_id, visitor, product, name, colour, size, state, message_id, times, why, asked_at,
  expires_at, ended_at, version
FROM restock_wishes
WHERE store_id = :store_id AND visitor = :visitor AND ended_at IS NULL
ORDER BY asked_at, id;

-- name: open_wishes(store_id, count)
-- What is waited for, oldest first.
SELECT
  id, store_id, visitor, product, name, colour, size, state, message_id, times, why, asked_at,
  expires_at, ended_at, version
FROM restock_wishes
WHERE store_id = :store_id AND ended_at IS NULL
ORDER BY asked_at, id
LIMIT :count;

-- name: count_wishes(store_id)
-- How many wait for what, the most wanted first.
SELECT product, MAX(name) AS name, colour, size, COUNT(*) AS waiting,
  SUM(CASE WHEN state = 'due' THEN 1 ELSE 0 END) AS due,
  MIN(asked_at) AS since, MIN(expires_at) AS expires_at
FROM restock_wishes
WHERE store_id = :store_id AND ended_at IS NULL
GROUP BY product, colour, size
ORDER BY waiting DESC, since, product, colour, size;

-- name: bought_since(store_id, order_number, since)
-- Orders that the buyer of one order has made since, closed ones left out.
SELECT o.number FROM orders AS mine
JOIN orders AS o ON o.store_id = mine.store_id
  AND (o.number = mine.number OR (
    mine.buyer IS NOT NULL AND o.buyer = mine.buyer
    AND COALESCE(o.phone, '') = COALESCE(mine.phone, '')
  ))
WHERE mine.store_id = :store_id AND mine.number = :order_number
  AND o.created_at >= :since AND o.status <> 'closed'
ORDER BY o.number;
