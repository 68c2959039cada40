-- Cost that delivered requests may have had besides, as the gateway did not tell; there are few of them, if any.
CREATE INDEX jobs_unproven ON jobs (workspace, day) WHERE state = 'settled' AND uncertain_micros > 0;
