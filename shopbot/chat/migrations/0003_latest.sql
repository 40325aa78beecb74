-- Lists of talks, written in last first, page by page: the few that are open, and all there ever were.
CREATE INDEX conversations_state_latest
  ON conversations (store_id, state, COALESCE(shopper_at, started_at), id);
CREATE INDEX conversations_latest
  ON conversations (store_id, COALESCE(shopper_at, started_at), id);
