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
--> statement-breakpoint
ALTER TABLE "weldmq"."queue_state" ADD COLUMN "alerted" boolean;--> statement-breakpoint
CREATE INDEX "alerts_queue" ON "weldmq"."alerts" USING btree ("queue_id");