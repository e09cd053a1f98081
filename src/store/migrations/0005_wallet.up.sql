-- Whose rewards a booking earns; nobody's for callers without an account.
ALTER TABLE bookings ADD COLUMN account TEXT;
CREATE INDEX bookings_account ON bookings (account);

-- One row an account. `wallet_json` is the traveller's own wallet, once it was shown to be theirs; a wallet belongs to one account.
CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    custodial TEXT NOT NULL,
    wallet_address TEXT UNIQUE,
    wallet_json TEXT,
    made_at_ms BIGINT NOT NULL
);

-- What opens an account. Only a hash of the token is kept.
CREATE TABLE account_tokens (
    token_hash TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    expires_at_ms BIGINT NOT NULL
);

CREATE INDEX account_tokens_expiry ON account_tokens (expires_at_ms);

-- One row a reward, as its machine left it, and what the page shows without reading that.
CREATE TABLE rewards (
    booking TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    reward_json TEXT NOT NULL,
    stage TEXT NOT NULL,
    cancelled BIGINT NOT NULL,
    earned_at_ms BIGINT NOT NULL,
    stage_at_ms BIGINT NOT NULL
);

CREATE INDEX rewards_account ON rewards (account, earned_at_ms);

-- The double-entry book: a list of moves that happened once.
CREATE TABLE reward_entries (
    entry_key TEXT PRIMARY KEY,
    booking TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    moves_json TEXT NOT NULL
);

-- What there is one of for each chain: the sender's nonces, the listener's place; and the open challenges of signing in.
CREATE TABLE wallet_kept (
    name TEXT PRIMARY KEY,
    value_json TEXT NOT NULL
);
