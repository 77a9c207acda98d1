-- The password's hash with its parameters, as a PHC string (argon2id); NULL where the name has none.
ALTER TABLE user ADD COLUMN password TEXT;
