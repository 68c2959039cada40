-- Entries are added, never altered. (In SQLite's own words: triggers differ between engines.)
CREATE TRIGGER entries_keep_their_text BEFORE UPDATE ON entries
BEGIN
  SELECT RAISE(ABORT, 'an entry is never changed');
END;
CREATE TRIGGER entries_stay BEFORE DELETE ON entries
BEGIN
  SELECT RAISE(ABORT, 'an entry is never deleted');
END;
