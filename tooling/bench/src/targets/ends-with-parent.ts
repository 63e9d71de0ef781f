// Loaded into the gateway before its own code: if the bench dies, however hard, the gateway stops as on a signal.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
