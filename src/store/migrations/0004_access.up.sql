-- Who may call. Only hashes of keys and secrets are kept.
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    key_hash TEXT NOT NULL UNIQUE,
    made_at_ms BIGINT NOT NULL,
    revoked_at_ms BIGINT
);

-- A secret is for one client and a short time; it carries the session it may open.
CREATE TABLE client_secrets (
    secret_hash TEXT PRIMARY KEY,
    key_id TEXT NOT NULL,
    session TEXT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);

CREATE INDEX client_secrets_expiry ON client_secrets (expires_at_ms);
