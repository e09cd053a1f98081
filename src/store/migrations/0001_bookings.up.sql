-- One row a booking. The same text serves SQLite and Postgres.
CREATE TABLE bookings (
    idempotency_key TEXT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    item_json TEXT NOT NULL,
    -- Personal data stands apart, so that it can be forgotten alone.
    travellers_json TEXT NOT NULL,
    total_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('confirmed', 'cancelled')),
    made_at_ms BIGINT NOT NULL,
    cancelled_at_ms BIGINT
);

-- The keys of acts of cancelling, so that a repeated one finds its outcome.
CREATE TABLE cancellations (
    idempotency_key TEXT PRIMARY KEY,
    reference TEXT NOT NULL REFERENCES bookings (reference),
    at_ms BIGINT NOT NULL
);
