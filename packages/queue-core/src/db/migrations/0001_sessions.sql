CREATE TABLE "weldmq"."gateways" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "weldmq"."gateways_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"given_up" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "weldmq"."queue_users" (
	"queue_id" bigint NOT NULL,
	"gateway" bigint NOT NULL,
	"users" integer NOT NULL,
	"watchers" integer NOT NULL,
	"waiters" integer NOT NULL,
	CONSTRAINT "queue_users_queue_id_gateway_pk" PRIMARY KEY("queue_id","gateway")
);
--> statement-breakpoint
ALTER TABLE "weldmq"."messages" ADD COLUMN "timeout_seconds" bigint;--> statement-breakpoint
ALTER TABLE "weldmq"."messages" ADD COLUMN "holder" bigint;--> statement-breakpoint
ALTER TABLE "weldmq"."messages" ADD COLUMN "delay_seconds" bigint;--> statement-breakpoint
ALTER TABLE "weldmq"."messages" ADD COLUMN "timeouts" integer;--> statement-breakpoint
ALTER TABLE "weldmq"."messages" ADD COLUMN "releases" integer;--> statement-breakpoint
ALTER TABLE "weldmq"."messages" ADD COLUMN "buries" integer;--> statement-breakpoint
ALTER TABLE "weldmq"."messages" ADD COLUMN "kicks" integer;--> statement-breakpoint
ALTER TABLE "weldmq"."queue_state" ADD COLUMN "expiration_given" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "weldmq"."queue_state" ADD COLUMN "transient" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "weldmq"."queue_state" ADD COLUMN "pause_seconds" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "weldmq"."queue_state" ADD COLUMN "pauses" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "messages_delayed" ON "weldmq"."messages" USING btree ("queue_id","due_at","id") WHERE state = 1;--> statement-breakpoint
CREATE INDEX "messages_buried" ON "weldmq"."messages" USING btree ("queue_id","lane") WHERE state = 3;--> statement-breakpoint
CREATE INDEX "messages_held" ON "weldmq"."messages" USING btree ("holder") WHERE holder > 0;--> statement-breakpoint
UPDATE "weldmq"."queue_state" SET "expiration_given" = true WHERE "message_expiration" <> 604800;
