-- Identities that are one person. They share a counter: in the workspace '*', of kind 'person', with the link as its
-- ref; it is at any moment the sum of its members' own. Roles: JSON, as last seen in that workspace.
CREATE TABLE links (
  workspace TEXT NOT NULL,
  person TEXT NOT NULL,
  link TEXT NOT NULL,
  name TEXT NOT NULL,
  roles TEXT NOT NULL,
  PRIMARY KEY (workspace, person));
CREATE INDEX links_link ON links (link);
CREATE INDEX counters_of_person ON counters (ref, workspace) WHERE kind = 'person';  -- joining adds up all of theirs

-- Whose counters a job moves follows from its workspace, its person and their link.
ALTER TABLE jobs DROP COLUMN account_workspace;
ALTER TABLE jobs DROP COLUMN account;
