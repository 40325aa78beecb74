-- Which orders a visitor has shown to be theirs. Portable subset as in 0001.

CREATE INDEX conversation_orders_visitor ON conversation_orders (store_id, visitor, at);
