-- Conversations that may be resumed. Only a hash of the token is kept.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    snapshot TEXT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);

CREATE INDEX sessions_expiry ON sessions (expires_at_ms);
