// A process that owns an embedded server and can be killed. Run with the compiled package and the options as JSON;
// says each event and the finished start as one line of JSON, then lives until it is killed.
const [entry, options] = process.argv.slice(2)
const { startEmbeddedPostgres } = await import(entry)
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
const { pid } = await startEmbeddedPostgres({ ...JSON.parse(options), onEvent: say })
say({ kind: 'running', pid })
