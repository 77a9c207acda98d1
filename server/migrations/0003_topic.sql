-- A conversation's topic; NULL where none is set.
ALTER TABLE conversation ADD COLUMN topic TEXT;
