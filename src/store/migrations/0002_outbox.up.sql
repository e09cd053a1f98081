-- Durable effects, written before they are first tried.
CREATE TABLE outbox (
    idempotency_key TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'in_flight', 'done', 'unknown')),
    attempts BIGINT NOT NULL,
    -- Nobody else may try before this: the end of a wait, or of the lease of the one who tries now.
    next_attempt_at_ms BIGINT NOT NULL,
    result TEXT,
    created_at_ms BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL
);

CREATE INDEX outbox_unfinished ON outbox (state, created_at_ms);
