DROP INDEX "weldmq"."messages_expiring";--> statement-breakpoint
CREATE INDEX "messages_expiring" ON "weldmq"."messages" USING btree ("expires_at") WHERE state + 0 <> 2;