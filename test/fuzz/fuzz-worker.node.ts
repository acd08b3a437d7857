import { parentPort, workerData } from 'node:worker_threads'
import type { Work } from './apart.node.ts'
import { fuzz } from './run.ts'
import { TARGETS } from './targets.ts'

const { name, seed, inputs, progress, current } = workerData as Work
const target = TARGETS.find((each) => each.name === name)!
const accepted = await fuzz(target, {
  seed,
  inputs,
  onInput(input) {
    current.set(input.subarray(0, current.length))
    progress[1] = input.length
    Atomics.add(progress, 0, 1)
  },
})
parentPort!.postMessage(accepted) // oxlint-disable-line unicorn/require-post-message-target-origin
