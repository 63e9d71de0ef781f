import { expect, test } from 'vitest'
import { php, runScript, scriptMissing } from './script.ts'
import { onEachServer } from './servers.ts'

const messenger = php('php-symfony-beanstalkd-messenger')
const missing = scriptMissing(messenger, "require 'Symfony/Component/Messenger/Bridge/Beanstalkd/autoload.php';")

// The transport of Symfony Messenger, unchanged.
onEachServer((server) => {
  test.skipIf(missing)("Symfony Messenger's transport works in full", async () => {
    expect(await runScript(messenger, 'messenger.php', server.port())).toEqual({
      supports: true,
      'nothing there': [],
      count: 3,
      first: 'one',
      second: 'two',
      third: ['thrée'],
      'no fourth': [],
      'ack again': expect.stringContaining('Cannot delete job'),
      'count at the end': 0,
    })
  })
})
