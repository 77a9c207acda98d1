-- Whether others see how far the user has read.
ALTER TABLE users ADD COLUMN shares_read_positions boolean NOT NULL DEFAULT true;
