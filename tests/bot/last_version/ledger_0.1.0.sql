BEGIN TRANSACTION;
CREATE TABLE alerts (
  workspace TEXT NOT NULL,
  month TEXT NOT NULL,
  percent BIGINT NOT NULL CHECK (percent > 0),
  amount BIGINT NOT NULL CHECK (amount >= 0),
  spent BIGINT NOT NULL CHECK (spent >= 0),
  noticed_at DOUBLE PRECISION NOT NULL,
  told_at DOUBLE PRECISION,
  PRIMARY KEY (workspace, month, amount, percent));
CREATE TABLE carried (
  workspace TEXT NOT NULL,
  person TEXT NOT NULL,
  period TEXT NOT NULL,
  images BIGINT NOT NULL CHECK (images >= 0),
  micros BIGINT NOT NULL CHECK (micros >= 0),
  extra_images BIGINT NOT NULL CHECK (extra_images >= 0),
  extra_micros BIGINT NOT NULL CHECK (extra_micros >= 0),
  PRIMARY KEY (workspace, person, period));
CREATE TABLE counters (
  workspace TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('person', 'channel', 'workspace', 'bot')),
  ref TEXT NOT NULL,
  period TEXT NOT NULL,
  images BIGINT NOT NULL CHECK (images >= 0),
  micros BIGINT NOT NULL CHECK (micros >= 0),
  extra_images BIGINT NOT NULL CHECK (extra_images >= 0),
  extra_micros BIGINT NOT NULL CHECK (extra_micros >= 0),
  PRIMARY KEY (workspace, kind, period, ref));
INSERT INTO "counters" VALUES('chat:team','person','chat:ann','2026-11-22',12,600000,0,0);
INSERT INTO "counters" VALUES('chat:team','person','chat:ann','2026-11',12,600000,0,0);
INSERT INTO "counters" VALUES('chat:team','channel','general','2026-11-22',15,780000,0,0);
INSERT INTO "counters" VALUES('chat:team','channel','general','2026-11',15,780000,0,0);
INSERT INTO "counters" VALUES('chat:team','workspace','*','2026-11-22',15,780000,0,0);
INSERT INTO "counters" VALUES('chat:team','workspace','*','2026-11',15,780000,0,0);
INSERT INTO "counters" VALUES('*','bot','*','2026-11-22',15,780000,0,0);
INSERT INTO "counters" VALUES('*','bot','*','2026-11',15,780000,0,0);
INSERT INTO "counters" VALUES('chat:team','person','chat:bob','2026-11-22',3,180000,0,0);
INSERT INTO "counters" VALUES('chat:team','person','chat:bob','2026-11',3,180000,0,0);
CREATE TABLE entries (
  id BIGINT PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE,
  at DOUBLE PRECISION NOT NULL,
  workspace TEXT NOT NULL,
  author TEXT NOT NULL,
  verb TEXT NOT NULL,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  before TEXT,
  after TEXT,
  reason TEXT NOT NULL,
  reverses BIGINT REFERENCES entries (id),
  day TEXT,
  images BIGINT NOT NULL CHECK (images >= 0),
  micros BIGINT NOT NULL CHECK (micros >= 0),
  CHECK ((verb = 'grant') = (day IS NOT NULL)));
INSERT INTO "entries" VALUES(1883283026502034363,'request:1',1795348800.0,'chat:team','chat:boss','settings','workspace','*',NULL,'{"admin_channel": "chat:admins"}','',NULL,NULL,0,0);
INSERT INTO "entries" VALUES(1883283026811230699,'request:5012',1795348800.0,'chat:team','chat:boss','set','everyone','*',NULL,'{"images_per_day": 20}','more',NULL,NULL,0,0);
CREATE TABLE forgotten (
  who TEXT PRIMARY KEY,
  workspace TEXT NOT NULL,
  pseudonym TEXT NOT NULL,
  month TEXT NOT NULL);
CREATE TABLE grant_days (
  entry BIGINT NOT NULL REFERENCES entries (id),
  day TEXT NOT NULL,
  PRIMARY KEY (entry, day));
CREATE TABLE jobs (
  id BIGINT PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE,
  workspace TEXT NOT NULL,
  channel TEXT NOT NULL,
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  tier TEXT NOT NULL,
  model TEXT NOT NULL,
  quality TEXT NOT NULL,
  ratio TEXT NOT NULL,
  images BIGINT NOT NULL CHECK (images > 0),
  official_micros BIGINT NOT NULL CHECK (official_micros >= 0),
  unit_micros BIGINT NOT NULL CHECK (unit_micros >= 0),
  multiplier TEXT NOT NULL,
  price_since TEXT NOT NULL,
  origin TEXT NOT NULL,
  parent BIGINT,
  request TEXT NOT NULL,
  platform TEXT NOT NULL,
  address TEXT NOT NULL,
  reply_token TEXT,
  reply_until BIGINT,
  card TEXT,
  day TEXT NOT NULL,
  bot_day TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('reserved', 'running', 'settled', 'released')),
  hold_images BIGINT NOT NULL CHECK (hold_images > 0),
  hold_micros BIGINT NOT NULL CHECK (hold_micros >= 0),
  charge_images BIGINT CHECK (charge_images BETWEEN 0 AND hold_images),
  charge_micros BIGINT CHECK (charge_micros BETWEEN 0 AND hold_micros),
  cost_micros BIGINT NOT NULL CHECK (cost_micros >= 0),
  uncertain_micros BIGINT NOT NULL CHECK (uncertain_micros >= 0),
  outcome TEXT,
  created_at DOUBLE PRECISION NOT NULL,
  started_at DOUBLE PRECISION,
  closed_at DOUBLE PRECISION,
  delivered_at DOUBLE PRECISION,
  deleted_at DOUBLE PRECISION,
  emptied_at DOUBLE PRECISION,
  CHECK ((state IN ('settled', 'released')) = (closed_at IS NOT NULL)),
  CHECK ((closed_at IS NULL) = (charge_images IS NULL)),
  CHECK ((closed_at IS NULL) = (charge_micros IS NULL)),
  CHECK (state <> 'released' OR (charge_images = 0 AND charge_micros = 0)),
  CHECK (delivered_at IS NULL OR closed_at IS NOT NULL));
INSERT INTO "jobs" VALUES(1883283026506102053,'request:5000','chat:team','general','chat:ann','Ann','fast','imagen-4-flash','','16:9',4,20000,30000,'1.5','2026-05-09','imagine',NULL,'{"prompt":"a red fox in snow","tier":"fast","ratio":"16:9","variants":4,"quality":"","transparent":false,"private":false,"hints":[]}','chat','{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"","lent_only":false,"lent":null}',NULL,NULL,'{"address":{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"","lent_only":false,"lent":null},"id":"m2"}','2026-11-22','2026-11-22','settled',4,120000,4,120000,120000,0,'{"why":"drawn","pictures":[{"key":"1M8P3XWZ6PD95-1.png","width":1408,"height":768,"format":"png"},{"key":"1M8P3XWZ6PD95-2.png","width":1408,"height":768,"format":"png"},{"key":"1M8P3XWZ6PD95-3.png","width":1408,"height":768,"format":"png"},{"key":"1M8P3XWZ6PD95-4.png","width":1408,"height":768,"format":"png"}],"filtered":0,"broken":0,"failed":0,"sentence":"","by":"","calls":[]}',1795348800.0,1795348800.0,1795348800.0,1795348800.0,NULL,NULL);
INSERT INTO "jobs" VALUES(1883283026520248517,'request:5001','chat:team','general','chat:ann','Ann','standard','imagen-4-0','','1:1',1,40000,60000,'1.5','2026-05-09','imagine',NULL,'{"prompt":"a private fox","tier":"standard","ratio":"1:1","variants":1,"quality":"","transparent":false,"private":true,"hints":[]}','chat','{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"chat:ann","lent_only":false,"lent":null}',NULL,NULL,'{"address":{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"chat:ann","lent_only":false,"lent":null},"id":"m3"}','2026-11-22','2026-11-22','settled',1,60000,1,60000,60000,0,'{"why":"drawn","pictures":[{"key":"1M8P3XWZM6465-1.png","width":1024,"height":1024,"format":"png"}],"filtered":0,"broken":0,"failed":0,"sentence":"","by":"","calls":[]}',1795348800.0,1795348800.0,1795348800.0,1795348800.0,NULL,NULL);
INSERT INTO "jobs" VALUES(1883283026539473711,'request:5002','chat:team','general','chat:bob','Bob','standard','imagen-4-0','','1:1',1,40000,60000,'1.5','2026-05-09','imagine',NULL,'{"prompt":"a shared fox","tier":"standard","ratio":"1:1","variants":1,"quality":"","transparent":false,"private":true,"hints":[]}','chat','{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"chat:bob","lent_only":false,"lent":null}',NULL,NULL,'{"address":{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"chat:bob","lent_only":false,"lent":null},"id":"m4"}','2026-11-22','2026-11-22','settled',1,60000,1,60000,60000,0,'{"why":"drawn","pictures":[{"key":"1M8P3XX06GTSF-1.png","width":1024,"height":1024,"format":"png"}],"filtered":0,"broken":0,"failed":0,"sentence":"","by":"","calls":[]}',1795348800.0,1795348800.0,1795348800.0,1795348800.0,NULL,NULL);
INSERT INTO "jobs" VALUES(1883283026550490453,'request:5004','chat:team','general','chat:ann','Ann','standard','imagen-4-0','','1:1',4,40000,60000,'1.5','2026-05-09','imagine',NULL,'{"prompt":"a fox","tier":"standard","ratio":"1:1","variants":4,"quality":"","transparent":false,"private":false,"hints":[]}','chat','{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"","lent_only":false,"lent":null}',NULL,NULL,'{"address":{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"","lent_only":false,"lent":null},"id":"m6"}','2026-11-22','2026-11-22','settled',4,240000,4,240000,240000,0,'{"why":"drawn","pictures":[{"key":"1M8P3XX0H11AN-1.png","width":1024,"height":1024,"format":"png"},{"key":"1M8P3XX0H11AN-2.png","width":1024,"height":1024,"format":"png"},{"key":"1M8P3XX0H11AN-3.png","width":1024,"height":1024,"format":"png"},{"key":"1M8P3XX0H11AN-4.png","width":1024,"height":1024,"format":"png"}],"filtered":0,"broken":0,"failed":0,"sentence":"","by":"","calls":[]}',1795348800.0,1795348800.0,1795348800.0,1795348800.0,NULL,NULL);
INSERT INTO "jobs" VALUES(1883283026574139038,'request:5005','chat:team','general','chat:ann','Ann','standard','imagen-4-0','','1:1',3,40000,60000,'1.5','2026-05-09','imagine',NULL,'{"prompt":"a fox","tier":"standard","ratio":"1:1","variants":3,"quality":"","transparent":false,"private":false,"hints":[]}','chat','{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"","lent_only":false,"lent":null}',NULL,NULL,'{"address":{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"","lent_only":false,"lent":null},"id":"m7"}','2026-11-22','2026-11-22','settled',3,180000,3,180000,180000,0,'{"why":"drawn","pictures":[{"key":"1M8P3XX17JQMY-1.png","width":1024,"height":1024,"format":"png"},{"key":"1M8P3XX17JQMY-2.png","width":1024,"height":1024,"format":"png"},{"key":"1M8P3XX17JQMY-3.png","width":1024,"height":1024,"format":"png"}],"filtered":0,"broken":0,"failed":0,"sentence":"","by":"","calls":[]}',1795348800.0,1795348800.0,1795348800.0,1795348800.0,NULL,NULL);
INSERT INTO "jobs" VALUES(1883283026819235152,'request:5013','chat:team','general','chat:bob','Bob','standard','imagen-4-0','','1:1',1,40000,60000,'1.5','2026-05-09','imagine',NULL,'{"prompt":"a waiting fox","tier":"standard","ratio":"1:1","variants":1,"quality":"","transparent":false,"private":false,"hints":[]}','chat','{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"","lent_only":false,"lent":null}',NULL,NULL,'{"address":{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"","lent_only":false,"lent":null},"id":"m10"}','2026-11-22','2026-11-22','running',1,60000,NULL,NULL,0,0,NULL,1795348800.0,1795348800.0,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(1883283026827053865,'request:5014','chat:team','general','chat:bob','Bob','standard','imagen-4-0','','1:1',1,40000,60000,'1.5','2026-05-09','imagine',NULL,'{"prompt":"a second waiting fox","tier":"standard","ratio":"1:1","variants":1,"quality":"","transparent":false,"private":false,"hints":[]}','chat','{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"","lent_only":false,"lent":null}',NULL,NULL,'{"address":{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"","lent_only":false,"lent":null},"id":"m11"}','2026-11-22','2026-11-22','reserved',1,60000,NULL,NULL,0,0,NULL,1795348800.0,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE kept (
  drawer TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (drawer, key));
INSERT INTO "kept" VALUES('shared','1M8P3XX06GTSF','{"address":{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"","lent_only":false,"lent":null},"id":"m5"}',1883283026550051033);
INSERT INTO "kept" VALUES('refused','chat:ann/1M8P3XX1F1RK1','{"workspace":"chat:team","person":"chat:ann","name":"Ann","address":{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"chat:ann","lent_only":false,"lent":null},"what":"images","stopped_by":"everyone","period":"day","limit":12,"used":12,"asked":4,"day":"","card":null,"said":"","by":"","granted":false}',1883283026582843076);
INSERT INTO "kept" VALUES('refused','chat:ann/1M8P3XX1GVT2C','{"workspace":"chat:team","person":"chat:ann","name":"Ann","address":{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"chat:ann","lent_only":false,"lent":null},"what":"images","stopped_by":"everyone","period":"day","limit":12,"used":12,"asked":4,"day":"","card":null,"said":"","by":"","granted":false}',1883283026584694756);
INSERT INTO "kept" VALUES('requests','1M8P3XX1GVT2C','{"workspace":"chat:team","person":"chat:ann","name":"Ann","address":{"platform":"chat","workspace":"chat:team","channel":"general","thread":"","private_to":"chat:ann","lent_only":false,"lent":null},"what":"images","stopped_by":"everyone","period":"day","limit":12,"used":12,"asked":4,"day":"2026-11-22","card":{"address":{"platform":"chat","workspace":"chat:team","channel":"chat:admins","thread":"","private_to":"","lent_only":false,"lent":null},"id":"m8"},"said":"","by":"","granted":false}',1883283026586427360);
INSERT INTO "kept" VALUES('latest request','chat:team/chat:ann','1M8P3XX1GVT2C',1883283026585980284);
INSERT INTO "kept" VALUES('to confirm','chat:boss/1M8P3XX83J2NA','{"change":{"verb":"pause","workspace":"chat:team","kind":"workspace","ref":"*","reason":"lunch","limits":{"images_per_day":null,"money_per_day":null,"money_per_month":null,"tiers":null,"blocked":false,"until":null,"blocked_until":null},"ends":null,"images":0,"money":0,"until":null,"entry":0,"anywhere":false,"amount":null,"at_end":null,"preferences":{"language":null,"default_tier":null,"default_ratio":null,"default_variants":null,"alert_channel":null,"admin_channel":null,"at_end":null},"zone":null},"asked_in":"chat:team","until":1795349400.0}',1883283026804804267);
INSERT INTO "kept" VALUES('to forget','chat:bob/1M8P3XX85F6Q9','1795349400.0',1883283026806807274);
INSERT INTO "kept" VALUES('typed','chat:ann/1M8P3XX86S34N','a red fox --ar 3:2',1883283026808671474);
INSERT INTO "kept" VALUES('left','chat:gone','1795348800.0',1883283026817829995);
CREATE TABLE limits (
  workspace TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('everyone', 'role', 'person', 'channel', 'workspace', 'bot')),
  ref TEXT NOT NULL,
  images_per_day BIGINT CHECK (images_per_day >= -1),
  money_per_day BIGINT CHECK (money_per_day >= -1),
  money_per_month BIGINT CHECK (money_per_month >= -1),
  tiers TEXT,
  until BIGINT,
  blocked BIGINT NOT NULL CHECK (blocked IN (0, 1)),
  blocked_until BIGINT,
  PRIMARY KEY (workspace, kind, ref));
INSERT INTO "limits" VALUES('chat:team','everyone','*',20,NULL,NULL,NULL,NULL,0,NULL);
CREATE TABLE links (
  workspace TEXT NOT NULL,
  person TEXT NOT NULL,
  link TEXT NOT NULL,
  name TEXT NOT NULL,
  roles TEXT NOT NULL,
  PRIMARY KEY (workspace, person));
CREATE TABLE messages (
  platform TEXT NOT NULL,
  channel TEXT NOT NULL,
  message TEXT NOT NULL,
  job BIGINT NOT NULL REFERENCES jobs (id),
  PRIMARY KEY (platform, channel, message));
INSERT INTO "messages" VALUES('chat','general','m2',1883283026506102053);
INSERT INTO "messages" VALUES('chat','general','m3',1883283026520248517);
INSERT INTO "messages" VALUES('chat','general','m4',1883283026539473711);
INSERT INTO "messages" VALUES('chat','general','m5',1883283026539473711);
INSERT INTO "messages" VALUES('chat','general','m6',1883283026550490453);
INSERT INTO "messages" VALUES('chat','general','m7',1883283026574139038);
INSERT INTO "messages" VALUES('chat','general','m10',1883283026819235152);
INSERT INTO "messages" VALUES('chat','general','m11',1883283026827053865);
CREATE TABLE migrations (
  name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, applied_at BIGINT NOT NULL);
INSERT INTO "migrations" VALUES('001_ledger.sql','e53af839a9fd7d680a980c8e38868ac8ddda715863d7f0eaa94d6acac4c832c6',1796038652);
INSERT INTO "migrations" VALUES('002_immutable_entries.sql','09d9b38dd9ae4f04dee0d944b2d7f20fd4b1d77c0c19579a4cf436f8b545026b',1796038652);
INSERT INTO "migrations" VALUES('003_links.sql','6735e2924d9f3b59469d93e2ce26169d4461fd4dab7804107923def9c0ef671f',1796038652);
INSERT INTO "migrations" VALUES('004_administration.sql','f4513d0ff6a94c6da44f3bbdffe5e05a6b371a3e2bca639266c069ff45698109',1796038652);
INSERT INTO "migrations" VALUES('004_grants_stay.sql','54bc1355770b55af5a00fbc539d8dfb3caedec4d347f0de21e640e81bbbf84c1',1796038652);
INSERT INTO "migrations" VALUES('005_reports.sql','359e94d8d2552dabf1591c15e3c101cb4ae93265cce6fe1375c633a71eaaa912',1796038652);
INSERT INTO "migrations" VALUES('006_privacy.sql','170fd2ae57845a8c6a18513c8c3836e99ac0e77cd93f6a399458f94695226a79',1796038652);
INSERT INTO "migrations" VALUES('007_names.sql','a7169843c94dc60e79e9e9f2c9950276d9a4462a8e554f1e94d2e684cafdd53e',1796038652);
CREATE TABLE names (
  workspace TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (workspace, id));
CREATE TABLE people (
  workspace TEXT NOT NULL,
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  seen_at DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (workspace, person));
INSERT INTO "people" VALUES('chat:team','chat:boss','Boss',1795348800.0);
INSERT INTO "people" VALUES('chat:team','chat:ann','Ann',1795348800.0);
INSERT INTO "people" VALUES('chat:team','chat:bob','Bob',1795348800.0);
CREATE TABLE preferences (
  workspace TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (workspace, name));
INSERT INTO "preferences" VALUES('chat:team','admin_channel','chat:admins');
CREATE TABLE rollup (
  workspace TEXT NOT NULL,
  day TEXT NOT NULL,
  person TEXT NOT NULL,
  channel TEXT NOT NULL,
  tier TEXT NOT NULL,
  model TEXT NOT NULL,
  jobs BIGINT NOT NULL CHECK (jobs >= 0),
  images BIGINT NOT NULL CHECK (images >= 0),
  charge_micros BIGINT NOT NULL CHECK (charge_micros >= 0),
  cost_micros BIGINT NOT NULL CHECK (cost_micros >= 0),
  uncertain_micros BIGINT NOT NULL CHECK (uncertain_micros >= 0), beyond_micros BIGINT NOT NULL DEFAULT 0 CHECK (beyond_micros >= 0),
  PRIMARY KEY (workspace, day, person, channel, tier, model));
INSERT INTO "rollup" VALUES('chat:team','2026-11-22','chat:ann','general','fast','imagen-4-flash',1,4,120000,120000,0,0);
INSERT INTO "rollup" VALUES('chat:team','2026-11-22','chat:ann','general','standard','imagen-4-0',3,8,480000,480000,0,0);
INSERT INTO "rollup" VALUES('chat:team','2026-11-22','chat:bob','general','standard','imagen-4-0',1,1,60000,60000,0,0);
CREATE TABLE workspaces (
  id TEXT PRIMARY KEY,
  zone TEXT NOT NULL,
  next_zone TEXT,
  switch_at BIGINT,
  CHECK ((next_zone IS NULL) = (switch_at IS NULL)));
INSERT INTO "workspaces" VALUES('*','UTC',NULL,NULL);
CREATE INDEX jobs_undelivered ON jobs (closed_at) WHERE closed_at IS NOT NULL AND delivered_at IS NULL;
CREATE INDEX jobs_lent ON jobs (reply_until) WHERE reply_token IS NOT NULL;
CREATE INDEX jobs_person ON jobs (workspace, person, created_at);
CREATE INDEX entries_workspace ON entries (workspace, id);
CREATE TRIGGER entries_stay BEFORE DELETE ON entries
BEGIN
  SELECT RAISE(ABORT, 'an entry is never deleted');
END;
CREATE INDEX links_link ON links (link);
CREATE INDEX counters_of_person ON counters (ref, workspace) WHERE kind = 'person';
CREATE UNIQUE INDEX entries_reverses ON entries (reverses) WHERE reverses IS NOT NULL;
CREATE INDEX entries_subject ON entries (ref, workspace, kind, id);
CREATE INDEX alerts_due ON alerts (noticed_at) WHERE told_at IS NULL;
CREATE INDEX jobs_open ON jobs (workspace, person, day, hold_images, hold_micros) WHERE closed_at IS NULL;
CREATE TRIGGER grant_days_keep_their_text BEFORE UPDATE ON grant_days
BEGIN
  SELECT RAISE(ABORT, 'a grant''s day is never changed');
END;
CREATE TRIGGER grant_days_stay BEFORE DELETE ON grant_days
BEGIN
  SELECT RAISE(ABORT, 'a grant''s day is never deleted');
END;
CREATE INDEX rollup_person ON rollup (workspace, person, day);
CREATE INDEX jobs_kept ON jobs (closed_at) WHERE closed_at IS NOT NULL AND emptied_at IS NULL;
CREATE TRIGGER entries_keep_their_text BEFORE UPDATE ON entries
WHEN NOT (
  NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.workspace = OLD.workspace AND NEW.verb = OLD.verb
  AND NEW.kind = OLD.kind AND NEW.reverses IS OLD.reverses AND NEW.day IS OLD.day
  AND NEW.images = OLD.images AND NEW.micros = OLD.micros
  AND (NEW.author = OLD.author OR NEW.author GLOB '*:forgotten-*')
  AND (NEW.ref = OLD.ref OR NEW.ref GLOB '*:forgotten-*' OR OLD.ref GLOB '*:forgotten-*')
  AND (NEW.before IS OLD.before OR COALESCE(NEW.before, '') GLOB '*:forgotten-*')
  AND (NEW.after IS OLD.after OR COALESCE(NEW.after, '') GLOB '*:forgotten-*')
  AND (NEW.request_id = OLD.request_id OR NEW.request_id GLOB '*:forgotten-*')
  AND (NEW.reason = OLD.reason OR NEW.reason GLOB '*:forgotten-*'
    OR (NEW.reason = '' AND NEW.ref GLOB '*:forgotten-*')))
BEGIN
  SELECT RAISE(ABORT, 'an entry is never changed');
END;
COMMIT;
