-- What a requester may see is told by a record's ref: pages of many refs walk this index and read only what they show.

CREATE INDEX record_by_id ON record (kind, id, ref);

INSERT OR REPLACE INTO meta (key, value) VALUES ('schema', 2), ('compat', 2);
