-- The password's hash with its parameters, as a PHC string (argon2id); NULL where the name has none.
ALTER TABLE user ADD COLUMN password TEXT;

-- A new password ends the sessions of its user.
CREATE INDEX session_of_user ON session (user);
