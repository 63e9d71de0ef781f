CREATE TABLE "weldmq"."tickets" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"token_id" text NOT NULL,
	"project_id" text NOT NULL,
	"queue" text NOT NULL,
	"scopes" text[] NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "tickets_expiring" ON "weldmq"."tickets" USING btree ("expires_at");