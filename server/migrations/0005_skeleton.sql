-- What a name looks like: see domain::name. Filled by the migration; new users have a skeleton of their own.
ALTER TABLE user ADD COLUMN skeleton TEXT NOT NULL DEFAULT '';
CREATE INDEX user_by_skeleton ON user (skeleton);
