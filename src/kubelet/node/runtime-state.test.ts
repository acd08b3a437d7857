import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import type { RuntimeService } from '../cri/types.ts'
import { runtimeState } from './runtime-state.ts'

const VERSION = {
  version: '0.1.0',
  runtimeName: 'containerd',
  runtimeApiVersion: 'v1',
}

/** A runtime that answers as it is told to, or not at all. */
async function watched(runtimeVersion = 'v2.1.9') {
  const clock = virtualClock()
  const ready = { type: 'RuntimeReady', status: true, reason: '', message: '' }
  let condition: typeof ready | undefined = ready
  const runtime: Pick<RuntimeService, 'version' | 'status'> = {
    version: async () => ({ ...VERSION, runtimeVersion }),
    async status() {
      if (!condition) throw new Error('connection refused')
      return { status: { conditions: [condition] }, info: {}, runtimeHandlers: [] }
    },
  }
  const state = await runtimeState(runtime, clock)
  return {
    clock,
    state,
    answer: (change: Partial<typeof ready> | undefined): void => {
      condition = change && { ...ready, ...change }
    },
  }
}

test('runtimeState() names the runtime', async () => {
  const { state } = await watched()
  assert.equal(state.version, 'containerd://2.1.9')
  assert.deepEqual(state.handlers, [])
})

test('runtimeState() knows who mounts parts of images', async () => {
  for (const [version, can] of [
    ['1.6.20~ds1', false],
    ['v2.1.9', false],
    ['v2.2.0-rc.1', true],
    ['v3.0.0', true],
  ] as const)
    assert.equal((await watched(version)).state.imageSubPaths, can)
})

test('look() bears a runtime that starts again, and calls it down after 30 seconds', async () => {
  const { clock, state, answer } = await watched()
  answer(undefined)
  await clock.advance(29_999)
  assert.deepEqual(await state.look(), { answers: false, problems: [] })
  await clock.advance(1)
  const down = { answers: false, problems: ['container runtime is down'] }
  assert.deepEqual(await state.look(), down)
  answer({})
  assert.deepEqual(await state.look(), { answers: true, problems: [] })
})

test('look() tells at once what a runtime says of itself', async () => {
  const { clock, state, answer } = await watched()
  answer({ status: false, reason: 'Starting', message: 'not yet' })
  const said = 'container runtime not ready: RuntimeReady=false reason:Starting message:not yet'
  assert.deepEqual(await state.look(), { answers: true, problems: [said] })
  await clock.advance(30_000)
  const both = ['container runtime is down', said]
  assert.deepEqual(await state.look(), { answers: true, problems: both })
})
