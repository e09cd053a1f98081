DROP TABLE wallet_lease;
DROP TABLE errands;
DROP INDEX accounts_referrer;
DROP INDEX accounts_code;
ALTER TABLE accounts DROP COLUMN referrer;
ALTER TABLE accounts DROP COLUMN code;
