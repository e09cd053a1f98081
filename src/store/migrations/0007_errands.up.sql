-- A code that can be said aloud finds its account, and an account names whoever brought it.
ALTER TABLE accounts ADD COLUMN code TEXT;
ALTER TABLE accounts ADD COLUMN referrer TEXT;
CREATE UNIQUE INDEX accounts_code ON accounts (code);
CREATE INDEX accounts_referrer ON accounts (referrer);

-- What is to be true on the chain for an account, one row a goal. `asked` is 1 until the machine has begun with it, or begun again;
-- `errand_json` is as the machine left it.
CREATE TABLE errands (
    errand TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    goal_json TEXT NOT NULL,
    asked BIGINT NOT NULL,
    standing TEXT NOT NULL,
    errand_json TEXT,
    at_ms BIGINT NOT NULL
);

CREATE INDEX errands_asked ON errands (asked, standing);

-- Which of several servers on one database pays rewards, and until when that is so without another word of it.
CREATE TABLE wallet_lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms BIGINT NOT NULL
);
