-- A mention stays when it is read, since a read position may be set back: unread are those whose event is behind the position.
CREATE INDEX mention_by_event ON mention (user_id, conversation, event);
