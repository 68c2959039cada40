-- What the prompt and the reference pictures of a job cost at most, where they are billed by token: part of the hold.
ALTER TABLE jobs ADD COLUMN inputs_micros BIGINT NOT NULL DEFAULT 0 CHECK (inputs_micros >= 0);
