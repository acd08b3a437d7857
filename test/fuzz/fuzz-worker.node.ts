import { parentPort, workerData } from 'node:worker_threads'
import type { Work } from './apart.node.ts'
import { fuzz, readAll } from './run.ts'
import { TARGETS } from './targets.ts'

const { name, inputs, progress, current } = workerData as Work
const target = TARGETS.find((each) => each.name === name)!
const accepted = await ('seed' in inputs
  ? fuzz(target, { ...inputs, onInput })
  : readAll(target, inputs, onInput))
parentPort!.postMessage(accepted) // oxlint-disable-line unicorn/require-post-message-target-origin

function onInput(input: Uint8Array): void {
  current.set(input.subarray(0, current.length))
  progress[1] = input.length
  Atomics.add(progress, 0, 1)
}
