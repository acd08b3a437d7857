import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureIn } from './log.ts'

const CNI =
  'time="x" level=error msg="failed to load cni during init" error="no network config found"\n'
const BOOTED = 'time="x" level=info msg="containerd successfully booted in 0.01s"\n'

test('failureIn() takes the last words of a containerd that gave up', () => {
  assert.equal(
    failureIn(`${CNI}containerd: failed to listen: "x" is in use\n`),
    'failed to listen: "x" is in use',
  )
})

test('failureIn() finds a CRI plugin that failed, as containerd 1 and 2 write it', () => {
  for (const line of [
    'level=warning msg="failed to load plugin io.containerd.grpc.v1.cri" error="bad \\"thing\\""',
    'level=warning msg="failed to load plugin" error="bad \\"thing\\"" id=io.containerd.grpc.v1.cri type=io.containerd.grpc.v1',
  ]) {
    assert.equal(failureIn(`${CNI}time="x" ${line}\n${BOOTED}`), 'bad "thing"')
  }
})

test('failureIn() makes do with any line', () => {
  assert.equal(failureIn(CNI + BOOTED), 'no network config found')
  assert.equal(failureIn(BOOTED), 'containerd successfully booted in 0.01s')
  assert.equal(failureIn('Segmentation fault\n'), 'Segmentation fault')
  assert.equal(failureIn(''), 'it wrote nothing')
})
