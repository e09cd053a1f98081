DROP TABLE wallet_kept;
DROP TABLE reward_entries;
DROP TABLE rewards;
DROP TABLE account_tokens;
DROP TABLE accounts;
DROP INDEX bookings_account;
ALTER TABLE bookings DROP COLUMN account;
