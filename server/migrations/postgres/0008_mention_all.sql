-- A mention of all members is a row of a user whom there is not (confab_shared::id::UserId::ALL), which all but the author have.
ALTER TABLE mention ADD COLUMN author bigint NOT NULL DEFAULT 0;
