-- The embedded chain: its blocks, its whole state after one of them, what waits for a block, and what was noted.
CREATE TABLE chain_blocks (
    chain_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (chain_id, number)
);

CREATE TABLE chain_states (
    chain_id BIGINT PRIMARY KEY,
    number BIGINT NOT NULL,
    state TEXT NOT NULL
);

CREATE TABLE chain_waiting (
    chain_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    raw TEXT NOT NULL,
    PRIMARY KEY (chain_id, hash)
);

CREATE TABLE chain_notes (
    chain_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (chain_id, name)
);
