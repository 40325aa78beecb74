-- Statements of reviews, in the portable subset (docs/architecture.md).

-- name: get_review(store_id, id)
-- One review.
SELECT
  id, store_id, source, source_id, kind, order_number, line_no, sku, title, buyer, rating, text,
  pictures, at, sentiment, probability, aspects, answer, answered_at, answered_by, as_of,
  created_at, version
FROM reviews
WHERE store_id = :store_id AND id = :id;

-- name: find_review(store_id, source_id, kind)
-- The review that a row of a source speaks of.
SELECT
  id, store_id, source, source_id, kind, order_number, line_no, sku, title, buyer, rating, text,
  pictures, at, sentiment, probability, aspects, answer, answered_at, answered_by, as_of,
  created_at, version
FROM reviews
WHERE store_id = :store_id AND source_id = :source_id AND kind = :kind;

-- name: reviews_of_order(store_id, order_number)
-- All reviews of an order, oldest first.
SELECT
  id, store_id, source, source_id, kind, order_number, line_no, sku, title, buyer, rating, text,
  pictures, at, sentiment, probability, aspects, answer, answered_at, answered_by, as_of,
  created_at, version
FROM reviews
WHERE store_id = :store_id AND order_number = :order_number
ORDER BY at, id;

-- name: list_reviews(store_id, call_state, answered, sentiment, low, high, unrated, after_at, after_id, count)
-- Newest first; blanks and -1 do not filter; unrated 0: of those without stars complaints only; after_* continue a list.
SELECT
  r.id, r.store_id, r.source, r.source_id, r.kind, r.order_number, r.line_no, r.sku, r.title,
  r.buyer, r.rating, r.text, r.pictures, r.at, r.sentiment, r.probability, r.aspects, r.answer,
  r.answered_at, r.answered_by, r.as_of, r.created_at, r.version
FROM reviews AS r
WHERE r.store_id = :store_id
  AND (:call_state = '' OR EXISTS (
    SELECT 1 FROM review_calls AS c
    WHERE c.store_id = r.store_id AND c.review_id = r.id AND c.state = :call_state))
  AND (:answered = -1 OR (r.answer <> '') = :answered)
  AND (:sentiment = '' OR r.sentiment = :sentiment)
  AND (
    (r.rating IS NULL AND (:unrated = 1 OR r.sentiment = 'neg'))
    OR (r.rating >= :low AND r.rating <= :high)
  )
  AND (r.at < :after_at OR (r.at = :after_at AND r.id < :after_id))
ORDER BY r.at DESC, r.id DESC
LIMIT :count;

-- name: add_review(id, store_id, source, source_id, kind, order_number, line_no, sku, title, buyer, rating, text, pictures, at, sentiment, probability, aspects, answer, answered_at, answered_by, as_of, created_at)!
-- A new review.
INSERT INTO reviews
  (
    id, store_id, source, source_id, kind, order_number, line_no, sku, title, buyer, rating, text,
    pictures, at, sentiment, probability, aspects, answer, answered_at, answered_by, as_of,
    created_at
  )
VALUES
  (
    :id, :store_id, :source, :source_id, :kind, :order_number, :line_no, :sku, :title, :buyer,
    :rating, :text, :pictures, :at, :sentiment, :probability, :aspects, :answer, :answered_at,
    :answered_by, :as_of, :created_at
  );

-- name: update_review(source, line_no, sku, title, buyer, rating, text, pictures, at, sentiment, probability, aspects, answer, answered_at, answered_by, as_of, store_id, id, version)!
-- What a newer source says, or an answer; changes no row when somebody was faster.
UPDATE reviews
SET
  source = :source, line_no = :line_no, sku = :sku, title = :title, buyer = :buyer,
  rating = :rating, text = :text, pictures = :pictures, at = :at, sentiment = :sentiment,
  probability = :probability, aspects = :aspects, answer = :answer, answered_at = :answered_at,
  answered_by = :answered_by, as_of = :as_of, version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version;

-- name: get_call(store_id, id)
-- One call.
SELECT
  id, store_id, review_id, order_number, state, attempts, due_at, result, cause, note, done_by,
  opened_at, ended_at, version
FROM review_calls
WHERE store_id = :store_id AND id = :id;

-- name: calls_of_review(store_id, review_id)
-- The calls about a review, oldest first.
SELECT
  id, store_id, review_id, order_number, state, attempts, due_at, result, cause, note, done_by,
  opened_at, ended_at, version
FROM review_calls
WHERE store_id = :store_id AND review_id = :review_id
ORDER BY opened_at, id;

-- name: open_calls(store_id, until, count)
-- Calls to be made by then, the most urgent first.
SELECT
  id, store_id, review_id, order_number, state, attempts, due_at, result, cause, note, done_by,
  opened_at, ended_at, version
FROM review_calls
WHERE store_id = :store_id AND state = 'open' AND due_at <= :until
ORDER BY due_at, id
LIMIT :count;

-- name: ended_calls(store_id, since, until)
-- Calls that ended in a span, for counting.
SELECT
  id, store_id, review_id, order_number, state, attempts, due_at, result, cause, note, done_by,
  opened_at, ended_at, version
FROM review_calls
WHERE store_id = :store_id AND ended_at >= :since AND ended_at < :until
ORDER BY ended_at, id;

-- name: add_call(id, store_id, review_id, order_number, due_at, opened_at)!
-- A new call; the schema refuses a second open one about a review.
INSERT INTO review_calls (id, store_id, review_id, order_number, due_at, opened_at)
VALUES (:id, :store_id, :review_id, :order_number, :due_at, :opened_at);

-- name: update_call(state, attempts, due_at, result, cause, note, done_by, ended_at, store_id, id, version)!
-- What came of a call; changes no row when somebody was faster.
UPDATE review_calls
SET
  state = :state, attempts = :attempts, due_at = :due_at, result = :result, cause = :cause,
  note = :note, done_by = :done_by, ended_at = :ended_at, version = version + 1
WHERE store_id = :store_id AND id = :id AND version = :version;

-- name: received_orders(store_id, since, sent, after, count)
-- Orders made since (or in that moment, after a number) and sent by a time, so that they may have arrived,
-- the oldest first; whose buyers were asked before (the key of review_invites.py) or have written is left out.
SELECT number, created_at FROM orders
WHERE store_id = :store_id AND status IN ('shipped', 'finished')
  AND created_at >= :since AND (created_at > :since OR number > :after)
  AND COALESCE(shipped_at, created_at) <= :sent
  AND NOT EXISTS (
    SELECT 1 FROM outgoing_messages AS m
    WHERE m.store_id = orders.store_id AND m.dedupe_key = orders.number || ':review-invite'
  )
  AND NOT EXISTS (
    SELECT 1 FROM reviews AS r
    WHERE r.store_id = orders.store_id AND r.order_number = orders.number
  )
ORDER BY created_at, number
LIMIT :count;
