-- Outcomes that nothing could deliver. They wait until their person sees them, or until their time is over.
-- `why`: the refusal, in words for the person. `retry_at`: when to try again.
CREATE TABLE waiting (
  job BIGINT PRIMARY KEY REFERENCES jobs (id),
  why TEXT NOT NULL,
  since DOUBLE PRECISION NOT NULL,
  retry_at DOUBLE PRECISION NOT NULL);
