-- The field's words for what is stored; no row changes.

ALTER TABLE run RENAME TO segment;
ALTER TABLE segment RENAME COLUMN place TO position;
ALTER TABLE segment RENAME COLUMN first TO first_seq;
ALTER TABLE segment RENAME COLUMN messages TO messages_before;

ALTER TABLE recent RENAME TO write_buffer;
ALTER TABLE write_buffer RENAME COLUMN place TO position;
ALTER TABLE write_buffer RENAME COLUMN first TO first_seq;
ALTER TABLE write_buffer RENAME COLUMN messages TO messages_before;

ALTER TABLE conversation RENAME COLUMN head TO head_seq;
ALTER TABLE conversation RENAME COLUMN messages TO message_count;
ALTER TABLE conversation RENAME COLUMN active_at TO last_activity_at;
ALTER TABLE conversation RENAME COLUMN seen TO furthest_read_seq;
ALTER TABLE conversation RENAME COLUMN seen_by TO furthest_reader;
ALTER TABLE conversation RENAME COLUMN seen_next TO second_read_seq;

ALTER TABLE member RENAME COLUMN cursor TO read_seq;
ALTER TABLE member RENAME COLUMN read TO read_count;
