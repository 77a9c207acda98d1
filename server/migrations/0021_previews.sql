-- The previews of the pages that a message links to, as JSON; NULL where it has none.
ALTER TABLE message_change ADD COLUMN previews TEXT;

-- What the owner has decided; NULL for what the server was started with.
ALTER TABLE settings ADD COLUMN link_previews INTEGER;
