import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { systemClock } from '../../base/clock.node.ts'
import { systemRandom } from '../../base/random.node.ts'
import { kubeconfigWebhook } from './review-webhook.node.ts'
import { testWebhook } from './testing.node.ts'

test('kubeconfigWebhook() shows the credentials that its file holds by now', async (t) => {
  const server = await testWebhook(t)
  const write = async (token: string): Promise<void> => {
    const config = JSON.parse(await readFile(server.kubeconfig, 'utf8')) as { users: object[] }
    config.users = [{ name: 'u', user: { token } }]
    await writeFile(server.kubeconfig, JSON.stringify(config))
  }
  await write('old')
  let laterMs = 0
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + laterMs }
  using webhook = await kubeconfigWebhook(server.kubeconfig, { clock, random: systemRandom })
  await webhook.ask({}, { timeoutMs: 120_000 })
  await write('new')
  laterMs = 61_000
  await webhook.ask({}, { timeoutMs: 120_000 })
  assert.deepEqual(server.authorizations, ['Bearer old', 'Bearer new'])
})
