CREATE SCHEMA "weldmq";

CREATE SEQUENCE "weldmq"."message_id" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;
CREATE SEQUENCE "weldmq"."subscriber_id" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;
CREATE TABLE "weldmq"."alerts" (
	"id" text PRIMARY KEY NOT NULL,
	"queue_id" bigint NOT NULL,
	"number" bigint GENERATED ALWAYS AS IDENTITY (sequence name "weldmq"."alerts_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"type" text NOT NULL,
	"direction" text NOT NULL,
	"trigger" bigint NOT NULL,
	"target" text NOT NULL,
	"snooze" bigint NOT NULL,
	"size" bigint NOT NULL,
	"fired_at" timestamp with time zone
);

CREATE TABLE "weldmq"."counter_base" (
	"queue_id" bigint NOT NULL,
	"slot" bigint NOT NULL,
	"folded" bigint DEFAULT 0 NOT NULL,
	"size" bigint DEFAULT 0 NOT NULL,
	"total" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "counter_base_queue_id_slot_pk" PRIMARY KEY("queue_id","slot")
);

CREATE TABLE "weldmq"."counter_deltas" (
	"queue_id" bigint NOT NULL,
	"slot" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"size" bigint NOT NULL,
	"total" bigint NOT NULL,
	CONSTRAINT "counter_deltas_queue_id_slot_seq_pk" PRIMARY KEY("queue_id","slot","seq")
);

CREATE TABLE "weldmq"."deleted_queues" (
	"queue_id" bigint PRIMARY KEY NOT NULL,
	"deleted_at" timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE "weldmq"."deliveries" (
	"queue_id" bigint NOT NULL,
	"message_id" bigint NOT NULL,
	"subscriber" bigint NOT NULL,
	"state" smallint NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"reservation" uuid,
	"tries" integer DEFAULT 0 NOT NULL,
	"status_code" integer DEFAULT 0 NOT NULL,
	"last_try_at" timestamp with time zone,
	"failure" text,
	"tried" jsonb,
	CONSTRAINT "deliveries_queue_id_message_id_subscriber_pk" PRIMARY KEY("queue_id","message_id","subscriber")
);

CREATE TABLE "weldmq"."gateways" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "weldmq"."gateways_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"given_up" boolean DEFAULT false NOT NULL
);

CREATE TABLE "weldmq"."idempotency_keys" (
	"project_id" text NOT NULL,
	"key" text NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"ids" bigint[] NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_project_id_key_pk" PRIMARY KEY("project_id","key")
);

CREATE TABLE "weldmq"."messages" (
	"queue_id" bigint NOT NULL,
	"id" bigint NOT NULL,
	"position" bigint NOT NULL,
	"priority" bigint NOT NULL,
	"lane" bigint NOT NULL,
	"due_at" timestamp with time zone,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"reservation" uuid,
	"reserved_count" integer DEFAULT 0 NOT NULL,
	"state" smallint NOT NULL,
	"push_headers" jsonb,
	"body" "bytea" NOT NULL,
	"timeout_seconds" bigint,
	"holder" bigint,
	"delay_seconds" bigint,
	"timeouts" integer,
	"releases" integer,
	"buries" integer,
	"kicks" integer,
	"owed" integer,
	CONSTRAINT "messages_queue_id_id_pk" PRIMARY KEY("queue_id","id")
);

CREATE TABLE "weldmq"."projects" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE "weldmq"."push_rates" (
	"queue_id" bigint PRIMARY KEY NOT NULL,
	"free_at" timestamp with time zone NOT NULL
);

CREATE TABLE "weldmq"."queue_state" (
	"queue_id" bigint PRIMARY KEY NOT NULL,
	"message_timeout" integer NOT NULL,
	"message_expiration" integer NOT NULL,
	"dead_letter_queue" text,
	"max_reservations" integer,
	"expiration_given" boolean DEFAULT false NOT NULL,
	"transient" boolean DEFAULT false NOT NULL,
	"push" jsonb,
	"paused_until" timestamp with time zone,
	"pause_seconds" bigint DEFAULT 0 NOT NULL,
	"pauses" integer DEFAULT 0 NOT NULL,
	"alerted" boolean,
	"prios" bigint[] NOT NULL,
	"marks" bigint[] NOT NULL,
	"low" bigint DEFAULT 1 NOT NULL,
	"cur" bigint DEFAULT 1 NOT NULL
);

CREATE TABLE "weldmq"."queue_users" (
	"queue_id" bigint NOT NULL,
	"gateway" bigint NOT NULL,
	"users" integer NOT NULL,
	"watchers" integer NOT NULL,
	"waiters" integer NOT NULL,
	CONSTRAINT "queue_users_queue_id_gateway_pk" PRIMARY KEY("queue_id","gateway")
);

CREATE TABLE "weldmq"."queues" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "weldmq"."queues_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"project_id" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "queues_name" UNIQUE("project_id","name")
);

CREATE TABLE "weldmq"."subscriber_health" (
	"queue_id" bigint NOT NULL,
	"subscriber" bigint NOT NULL,
	"failures" integer NOT NULL,
	"paused_until" timestamp with time zone,
	"pauses" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "subscriber_health_queue_id_subscriber_pk" PRIMARY KEY("queue_id","subscriber")
);

CREATE TABLE "weldmq"."tickets" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"token_id" text NOT NULL,
	"project_id" text NOT NULL,
	"queue" text NOT NULL,
	"scopes" text[] NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);

CREATE TABLE "weldmq"."tokens" (
	"id" text PRIMARY KEY NOT NULL,
	"hash" "bytea" NOT NULL,
	"name" text NOT NULL,
	"type" text NOT NULL,
	"admin" boolean NOT NULL,
	"projects" text[] NOT NULL,
	"scopes" text[] NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	CONSTRAINT "tokens_hash_unique" UNIQUE("hash")
);

CREATE TABLE "weldmq"."writers" (
	"slot" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "weldmq"."writers_slot_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL
);

CREATE INDEX "alerts_queue" ON "weldmq"."alerts" USING btree ("queue_id");
CREATE INDEX "deliveries_due" ON "weldmq"."deliveries" USING btree ("queue_id","subscriber","due_at") WHERE state < 3;
CREATE INDEX "deliveries_ended" ON "weldmq"."deliveries" USING btree ("due_at") WHERE state >= 3;
CREATE INDEX "idempotency_keys_created" ON "weldmq"."idempotency_keys" USING btree ("created_at");
CREATE INDEX "messages_ready" ON "weldmq"."messages" USING btree ("queue_id","lane","priority","position") WHERE state = 0;
CREATE INDEX "messages_due" ON "weldmq"."messages" USING btree ("due_at") WHERE state in (1, 2);
CREATE INDEX "messages_expiring" ON "weldmq"."messages" USING btree ("expires_at") WHERE state + 0 <> 2;
CREATE INDEX "messages_delayed" ON "weldmq"."messages" USING btree ("queue_id","due_at","id") WHERE state = 1;
CREATE INDEX "messages_buried" ON "weldmq"."messages" USING btree ("queue_id","lane") WHERE state = 3;
CREATE INDEX "messages_held" ON "weldmq"."messages" USING btree ("holder") WHERE holder > 0;
CREATE INDEX "messages_owed" ON "weldmq"."messages" USING btree ("queue_id","due_at","id") WHERE state = 4;
CREATE INDEX "tickets_expiring" ON "weldmq"."tickets" USING btree ("expires_at");
