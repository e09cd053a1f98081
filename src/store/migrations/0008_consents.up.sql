-- Who agreed to which text: one row an agreement, never deleted. An account of before has none, and agrees when it is asked.
CREATE TABLE consents (
    account TEXT NOT NULL REFERENCES accounts (id),
    text TEXT NOT NULL,
    version BIGINT NOT NULL,
    language TEXT NOT NULL,
    way TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    withdrawn_ms BIGINT,
    PRIMARY KEY (account, text, at_ms, version)
);
