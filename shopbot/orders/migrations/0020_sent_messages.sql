-- What somebody was sent lately is asked for every message that is told: by time, not over all of them.

CREATE INDEX outgoing_messages_sent ON outgoing_messages (store_id, state, sent_at);
