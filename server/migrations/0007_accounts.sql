-- What a person may do on the server: 0 owner, 1 admin, 2 member, 3 guest. Who has a password has an account.
ALTER TABLE user ADD COLUMN role INTEGER NOT NULL DEFAULT 3;
UPDATE user SET role = 2 WHERE password IS NOT NULL;
-- NULL where the person may sign in.
ALTER TABLE user ADD COLUMN deactivated_at INTEGER;
CREATE INDEX user_by_role ON user (role) WHERE role < 2;

-- Sessions are named, last used at a time, and of a device. Those that there are begin their last days now.
CREATE TABLE new_session (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    -- SHA-256 of the token.
    token      BLOB NOT NULL UNIQUE,
    user       INTEGER NOT NULL REFERENCES user,
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    browser    TEXT,
    address    TEXT
) STRICT;
INSERT INTO new_session (token, user, created_at, used_at)
    SELECT token, user, created_at, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM session ORDER BY created_at;
DROP TABLE session;
ALTER TABLE new_session RENAME TO session;
CREATE INDEX session_of_user ON session (user);
CREATE INDEX session_by_use ON session (used_at);

CREATE TABLE invitation (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    -- SHA-256 of the secret.
    token      BLOB NOT NULL UNIQUE,
    -- NULL for what the command line made, and for the set-up link, whose role is 0.
    made_by    INTEGER REFERENCES user,
    role       INTEGER NOT NULL,
    uses_left  INTEGER NOT NULL,
    used       INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL
) STRICT;

-- The groups that those who come by an invitation join.
CREATE TABLE invitation_group (
    invitation   INTEGER NOT NULL REFERENCES invitation ON DELETE CASCADE,
    conversation INTEGER NOT NULL REFERENCES conversation,
    PRIMARY KEY (invitation, conversation)
) STRICT, WITHOUT ROWID;

CREATE TABLE second_factor (
    user      INTEGER PRIMARY KEY REFERENCES user,
    secret    BLOB NOT NULL,
    confirmed INTEGER NOT NULL DEFAULT 0,
    -- The time step of the last code that was accepted: each is accepted once.
    last_step INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE recovery_code (
    user INTEGER NOT NULL REFERENCES user,
    -- SHA-256 of the code.
    code BLOB NOT NULL,
    PRIMARY KEY (user, code)
) STRICT, WITHOUT ROWID;

-- What the owner decides: one row.
CREATE TABLE settings (
    id                         INTEGER PRIMARY KEY CHECK (id = 1),
    registration               INTEGER NOT NULL DEFAULT 0,
    admins_need_second_factor  INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO settings (id) VALUES (1);
