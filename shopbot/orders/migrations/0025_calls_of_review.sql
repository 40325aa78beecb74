-- The calls of a review are looked for with each review that comes in, and by the list of reviews.
CREATE INDEX review_calls_review ON review_calls (store_id, review_id, opened_at);
