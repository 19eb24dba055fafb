BEGIN TRANSACTION;
CREATE TABLE accounts (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	relay TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	secret BLOB, 
	CONSTRAINT uq_accounts_relay_owner UNIQUE (relay, owner)
);
INSERT INTO "accounts" VALUES(1,'relay','',NULL);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE askers (
	subscription INTEGER NOT NULL, 
	platform TEXT NOT NULL, 
	person TEXT NOT NULL, 
	name TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT pk_askers PRIMARY KEY (subscription, platform, person), 
	CONSTRAINT fk_askers_subscription FOREIGN KEY(subscription) REFERENCES subscriptions (id) ON DELETE CASCADE
);
INSERT INTO "askers" VALUES(1,'discord','1','Ann',1);
INSERT INTO "askers" VALUES(2,'discord','1','Ann',1);
INSERT INTO "askers" VALUES(3,'discord','1','Ann',1);
CREATE TABLE chats (
	platform TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	settings TEXT NOT NULL, 
	live_card SMALLINT NOT NULL, 
	CONSTRAINT pk_chats PRIMARY KEY (platform, chat)
);
CREATE TABLE closed (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	task_key INTEGER NOT NULL, 
	at BIGINT NOT NULL
);
INSERT INTO "closed" VALUES(1,2,1795348800000000);
INSERT INTO "closed" VALUES(2,3,1795348800000000);
CREATE TABLE destinations (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	platform TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	thread TEXT NOT NULL, 
	place TEXT NOT NULL, 
	CONSTRAINT uq_destinations_platform_chat_thread UNIQUE (platform, chat, thread)
);
INSERT INTO "destinations" VALUES(1,'discord','100','','group');
CREATE TABLE facts (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_facts PRIMARY KEY (name)
);
INSERT INTO "facts" VALUES('telegram:link:k_7687338d20bc41d29540f846','w_1767225600000004');
CREATE TABLE looks (
	platform TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	person TEXT NOT NULL, 
	task_key INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_looks PRIMARY KEY (platform, chat, person, task_key), 
	CONSTRAINT fk_looks_task_key FOREIGN KEY(task_key) REFERENCES tasks ("key")
);
CREATE TABLE outbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	platform TEXT NOT NULL, 
	destination INTEGER NOT NULL, 
	subscription INTEGER NOT NULL, 
	task_key INTEGER NOT NULL, 
	tell TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	due_at BIGINT NOT NULL, 
	attempts INTEGER NOT NULL, 
	leased_until BIGINT, 
	sending_since BIGINT, 
	state TEXT NOT NULL, 
	reason TEXT, 
	receipt TEXT, 
	message TEXT, 
	settled_at BIGINT, 
	CONSTRAINT fk_outbox_destination FOREIGN KEY(destination) REFERENCES destinations (id), 
	CONSTRAINT fk_outbox_subscription FOREIGN KEY(subscription) REFERENCES subscriptions (id), 
	CONSTRAINT fk_outbox_task_key FOREIGN KEY(task_key) REFERENCES tasks ("key"), 
	CONSTRAINT uq_outbox_subscription_tell UNIQUE (subscription, tell)
);
INSERT INTO "outbox" VALUES(1,'discord',1,2,2,'ended',1795348800000000,1795348800000000,0,NULL,NULL,'delivered',NULL,'m1',NULL,1795348800000000);
INSERT INTO "outbox" VALUES(2,'discord',1,3,3,'ended',1795348800000000,1795348800000000,0,NULL,NULL,'pending',NULL,NULL,NULL,NULL);
CREATE TABLE people (
	platform TEXT NOT NULL, 
	person TEXT NOT NULL, 
	language TEXT NOT NULL, 
	CONSTRAINT pk_people PRIMARY KEY (platform, person)
);
CREATE TABLE subscriptions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	task_key INTEGER NOT NULL, 
	destination INTEGER NOT NULL, 
	platform TEXT NOT NULL, 
	task_id TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	card TEXT, 
	card_version BIGINT NOT NULL, 
	shown_at BIGINT NOT NULL, 
	sent_at BIGINT, 
	told SMALLINT NOT NULL, 
	live SMALLINT NOT NULL, 
	CONSTRAINT fk_subscriptions_destination FOREIGN KEY(destination) REFERENCES destinations (id), 
	CONSTRAINT fk_subscriptions_task_key FOREIGN KEY(task_key) REFERENCES tasks ("key")
);
INSERT INTO "subscriptions" VALUES(1,1,1,'discord','1767225600000001',1795348800000000,NULL,'c1',0,1795348800000000,1795348800000000,0,1);
INSERT INTO "subscriptions" VALUES(2,2,1,'discord','1767225600000002',1795348800000000,1795348800000000,'c2',0,1795348800000000,1795348800000000,1,1);
INSERT INTO "subscriptions" VALUES(3,3,1,'discord','1767225600000003',1795348800000000,NULL,'c3',0,1795348800000000,1795348800000000,0,1);
CREATE TABLE tasks (
	"key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	account INTEGER NOT NULL, 
	task_id TEXT NOT NULL, 
	state TEXT NOT NULL, 
	snapshot TEXT, 
	standing TEXT NOT NULL, 
	version BIGINT NOT NULL, 
	added_at BIGINT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	looked_at BIGINT, 
	ended_at BIGINT, 
	CONSTRAINT fk_tasks_account FOREIGN KEY(account) REFERENCES accounts (id), 
	CONSTRAINT uq_tasks_account_task_id UNIQUE (account, task_id)
);
INSERT INTO "tasks" VALUES(1,1,'1767225600000001','running','{"v":1,"task_id":"1767225600000001","state":"running","progress":40}','fine',2,1795348800000000,1795348800000000,1795348800000000,NULL);
INSERT INTO "tasks" VALUES(2,1,'1767225600000002','succeeded','{"v":1,"task_id":"1767225600000002","state":"succeeded","buttons":[{"custom_id":"MJ::JOB::upsample::1::3f1c","label":"U1","emoji":null,"style":2}]}','fine',2,1795348800000000,1795348800000000,1795348800000000,1795348800000000);
INSERT INTO "tasks" VALUES(3,1,'1767225600000003','succeeded','{"v":1,"task_id":"1767225600000003","state":"succeeded","buttons":[{"custom_id":"MJ::JOB::upsample::1::3f1c","label":"U1","emoji":null,"style":2}]}','fine',2,1795348800000000,1795348800000000,1795348800000000,1795348800000000);
CREATE TABLE updates (
	platform TEXT NOT NULL, 
	update_id BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_updates PRIMARY KEY (platform, update_id)
);
CREATE TABLE uploads (
	task_key INTEGER NOT NULL, 
	platform TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	file_id TEXT NOT NULL, 
	CONSTRAINT pk_uploads PRIMARY KEY (task_key, platform, kind, position), 
	CONSTRAINT fk_uploads_task_key FOREIGN KEY(task_key) REFERENCES tasks ("key")
);
CREATE TABLE watches (
	watch_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	task_key INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	progress SMALLINT, 
	standing TEXT NOT NULL, 
	version BIGINT NOT NULL, 
	begun_at BIGINT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	CONSTRAINT fk_watches_task_key FOREIGN KEY(task_key) REFERENCES tasks ("key"), 
	CONSTRAINT uq_watches_task_key UNIQUE (task_key)
);
INSERT INTO "watches" VALUES(1,1,'running',40,'fine',2,1795348800000000,1795348800000000);
CREATE INDEX ix_updates_at ON updates (at);
CREATE INDEX ix_tasks_ended_at ON tasks (ended_at);
CREATE INDEX ix_tasks_task_id ON tasks (task_id);
CREATE INDEX ix_looks_platform_chat_person_at ON looks (platform, chat, person, at);
CREATE INDEX ix_looks_task_key ON looks (task_key);
CREATE INDEX ix_subscriptions_destination_task_id ON subscriptions (destination, task_id);
CREATE INDEX ix_subscriptions_live ON subscriptions (platform, shown_at) WHERE live = 1;
CREATE INDEX ix_subscriptions_task_key ON subscriptions (task_key);
CREATE INDEX ix_subscriptions_waiting ON subscriptions (destination, id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX uq_subscriptions_open ON subscriptions (task_key, destination) WHERE ended_at IS NULL;
CREATE INDEX ix_askers_platform_person ON askers (platform, person);
CREATE INDEX ix_outbox_destination ON outbox (destination);
CREATE INDEX ix_outbox_pending ON outbox (platform, due_at) WHERE state = 'pending';
CREATE INDEX ix_outbox_task_key ON outbox (task_key);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('accounts',1);
INSERT INTO "sqlite_sequence" VALUES('destinations',3);
INSERT INTO "sqlite_sequence" VALUES('tasks',3);
INSERT INTO "sqlite_sequence" VALUES('subscriptions',3);
INSERT INTO "sqlite_sequence" VALUES('watches',3);
INSERT INTO "sqlite_sequence" VALUES('outbox',2);
INSERT INTO "sqlite_sequence" VALUES('closed',2);
COMMIT;
