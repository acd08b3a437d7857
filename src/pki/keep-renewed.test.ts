import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCrypto } from '../base/crypto.node.ts'
import { silentLogger } from '../base/logger.ts'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { certificateFromPem } from './certificate.ts'
import { renewPki } from './cluster-pki.ts'
import { keepRenewed } from './keep-renewed.ts'

const DAY_MS = 86_400_000

test('keepRenewed() renews the certificates of a cluster over eleven years, always in time', async () => {
  const clock = virtualClock()
  const crypto = nodeCrypto()
  let files = renewPki(new Map(), { crypto, clock }).changed
  const renew = async (): Promise<{ readonly renewAtMs: number }> => {
    const { pki, changed } = renewPki(files, { crypto, clock })
    files = new Map([...files, ...changed])
    return pki
  }
  const { renewAtMs } = await renew()
  await using _renewing = keepRenewed({ clock, logger: silentLogger, renewAtMs, renew })
  for (let days = 0; days < 4020; days += 60) {
    await clock.advance(60 * DAY_MS)
    for (const [name, pem] of files) {
      if (!name.endsWith('.crt')) continue
      assert.ok(clock.now() < certificateFromPem(pem).notAfterMs, `${name} after ${days} days`)
    }
  }
})

test('keepRenewed() tries again when it cannot, and renews at once when it is told to', async () => {
  const clock = virtualClock()
  let [attempts, isBroken] = [0, true]
  const renew = async (): Promise<{ readonly renewAtMs: number }> => {
    attempts++
    if (isBroken) throw new Error('the disk is full')
    return { renewAtMs: clock.now() + 10 * DAY_MS }
  }
  const renewAtMs = clock.now() + DAY_MS
  const renewing = keepRenewed({ clock, logger: silentLogger, renewAtMs, renew })
  await clock.advance(DAY_MS - 1)
  assert.equal(attempts, 0)
  await clock.advance(2 * 3_600_000)
  assert.ok(attempts > 1)
  isBroken = false
  await clock.advance(3_600_000)
  const before = attempts
  await clock.advance(9 * DAY_MS)
  assert.equal(attempts, before)
  await renewing.renewNow()
  assert.equal(attempts, before + 1)
  await renewing[Symbol.asyncDispose]()
  await clock.advance(100 * DAY_MS)
  assert.equal(attempts, before + 1)
})

test('keepRenewed() tries again what it was told to do and could not, long before anything is due', async () => {
  const clock = virtualClock()
  let [attempts, isBroken] = [0, true]
  const renewAtMs = clock.now() + 100 * DAY_MS
  const renew = async (): Promise<{ readonly renewAtMs: number }> => {
    attempts++
    if (isBroken) throw new Error('nobody answers')
    return { renewAtMs }
  }
  await using renewing = keepRenewed({ clock, logger: silentLogger, renewAtMs, renew })
  await renewing.renewNow()
  isBroken = false
  await clock.advance(DAY_MS)
  assert.equal(attempts, 2)
})

test('keepRenewed() renews at once what is due, as often as it is told, and gives up what is under way', async () => {
  const clock = virtualClock()
  const signals: AbortSignal[] = []
  const renew = async (signal: AbortSignal): Promise<{ readonly renewAtMs: number }> => {
    signals.push(signal)
    if (signals.length < 3) throw new Error('nobody signs it')
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
  }
  const due = { renewAtMs: clock.now() - DAY_MS, retryMs: 60_000 }
  const renewing = keepRenewed({ clock, logger: silentLogger, ...due, renew })
  await clock.advance(0)
  assert.equal(signals.length, 1)
  await clock.advance(120_000)
  assert.equal(signals.length, 3)
  await renewing[Symbol.asyncDispose]()
  assert.equal(signals.at(-1)?.aborted, true)
  await clock.advance(DAY_MS)
  assert.equal(signals.length, 3)
})
