-- Named words that a workspace adds to prompts. Who set them, and what they were before, is in the log.
CREATE TABLE styles (
  workspace TEXT NOT NULL,
  name TEXT NOT NULL,
  words TEXT NOT NULL,
  PRIMARY KEY (workspace, name));
