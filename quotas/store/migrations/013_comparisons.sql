-- The jobs of one comparison share the id of the one that carries its card and its message. NULL: a job by itself.
ALTER TABLE jobs ADD COLUMN comparison BIGINT;
CREATE INDEX jobs_comparison ON jobs (comparison) WHERE comparison IS NOT NULL;
