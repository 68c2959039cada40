-- The days of a grant are part of its entry. (In SQLite's own words, as for entries.)
CREATE TRIGGER grant_days_keep_their_text BEFORE UPDATE ON grant_days
BEGIN
  SELECT RAISE(ABORT, 'a grant''s day is never changed');
END;
CREATE TRIGGER grant_days_stay BEFORE DELETE ON grant_days
BEGIN
  SELECT RAISE(ABORT, 'a grant''s day is never deleted');
END;
