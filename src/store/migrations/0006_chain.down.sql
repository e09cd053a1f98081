DROP TABLE chain_notes;
DROP TABLE chain_waiting;
DROP TABLE chain_states;
DROP TABLE chain_blocks;
