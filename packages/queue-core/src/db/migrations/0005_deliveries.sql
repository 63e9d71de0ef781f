CREATE SEQUENCE "weldmq"."subscriber_id" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
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
--> statement-breakpoint
CREATE TABLE "weldmq"."push_rates" (
	"queue_id" bigint PRIMARY KEY NOT NULL,
	"free_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "weldmq"."subscriber_health" (
	"queue_id" bigint NOT NULL,
	"subscriber" bigint NOT NULL,
	"failures" integer NOT NULL,
	"paused_until" timestamp with time zone,
	"pauses" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "subscriber_health_queue_id_subscriber_pk" PRIMARY KEY("queue_id","subscriber")
);
--> statement-breakpoint
ALTER TABLE "weldmq"."messages" ADD COLUMN "owed" integer;--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "weldmq"."deliveries" USING btree ("queue_id","subscriber","due_at") WHERE state < 3;--> statement-breakpoint
CREATE INDEX "deliveries_ended" ON "weldmq"."deliveries" USING btree ("due_at") WHERE state >= 3;--> statement-breakpoint
CREATE INDEX "messages_owed" ON "weldmq"."messages" USING btree ("queue_id","due_at","id") WHERE state = 4;--> statement-breakpoint
-- What follows is written by hand.
ALTER TABLE "weldmq"."deliveries" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0, autovacuum_vacuum_insert_scale_factor = 1);--> statement-breakpoint
UPDATE "weldmq"."queue_state" SET "push" = "push" || jsonb_build_object(
	'door', 'v2', 'key', replace(gen_random_uuid()::text, '-', ''), 'removed', '[]'::jsonb,
	'subscribers', (
		SELECT coalesce(jsonb_agg(s || jsonb_build_object('id', nextval('weldmq.subscriber_id'), 'after', 0) ORDER BY n), '[]')
		FROM jsonb_array_elements("push"->'subscribers') WITH ORDINALITY AS x (s, n)))
WHERE "push" IS NOT NULL;
