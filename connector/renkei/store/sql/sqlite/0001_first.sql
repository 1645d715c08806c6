-- The first schema. Instants are whole microseconds since 1970-01-01T00:00Z.
-- "schema" is the newest file applied; "compat" the oldest release, by its newest file, that may still open this.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE record (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    peer TEXT NOT NULL,
    state TEXT NOT NULL,
    ref TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX record_by_peer ON record (kind, peer, id);
CREATE INDEX record_by_state ON record (kind, state, id);
CREATE INDEX record_by_ref ON record (kind, ref, id);
-- What a partner means by its own pid: asked for at every opening message.
CREATE INDEX record_by_peer_and_ref ON record (kind, peer, ref, id);

CREATE TABLE event (
    seq INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX event_by_record ON event (id, kind, seq);
CREATE INDEX event_by_kind ON event (kind, seq);

-- History only grows. INSERT OR REPLACE removes a row without a DELETE trigger, so it is refused by itself.
CREATE TRIGGER event_never_changed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER event_never_removed BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER event_never_replaced BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;

CREATE TABLE delivery (
    id TEXT NOT NULL PRIMARY KEY,
    task TEXT NOT NULL,
    subject TEXT NOT NULL,
    peer TEXT NOT NULL,
    due INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX delivery_by_due ON delivery (due, id);

CREATE TABLE replay (
    issuer TEXT NOT NULL,
    jti TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (issuer, jti)
) WITHOUT ROWID;
CREATE INDEX replay_by_expiry ON replay (expires);

CREATE TABLE answer (
    key TEXT NOT NULL PRIMARY KEY,
    status INTEGER NOT NULL,
    body BLOB NOT NULL
);

CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

-- "RNK1": this file is ours.
PRAGMA application_id = 1380862769;
INSERT OR REPLACE INTO meta (key, value) VALUES ('schema', 1), ('compat', 1);
