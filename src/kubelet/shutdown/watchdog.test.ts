import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../base/logger.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { startWatchdog } from './watchdog.ts'

async function told(environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const clock = virtualClock()
  const states: string[] = []
  const notify = async (state: string): Promise<void> => {
    states.push(state)
    throw new Error('no such socket')
  }
  using _ = startWatchdog({ environment, pids: [7, 8], clock, logger: silentLogger, notify })
  await clock.advance(29_000)
  return states
}

test('startWatchdog() tells systemd twice in the time that it gives, whatever becomes of it', async () => {
  const asked = { WATCHDOG_USEC: '20000000', WATCHDOG_PID: '8', NOTIFY_SOCKET: '/run/x' }
  assert.deepEqual(await told(asked), ['WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1'])
  assert.deepEqual(await told({ ...asked, WATCHDOG_PID: '9' }), [])
  assert.deepEqual(await told({ ...asked, WATCHDOG_USEC: '1000000' }), [])
  assert.deepEqual(await told({ ...asked, NOTIFY_SOCKET: '' }), [])
  assert.deepEqual(await told({}), [])
})
