-- Follow-ups are looked for by order: a buyer is asked once about all that was done for it.
CREATE INDEX followups_order ON followups (store_id, order_number);
