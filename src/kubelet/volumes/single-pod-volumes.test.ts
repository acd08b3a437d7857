import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SinglePodVolumes } from './single-pod-volumes.ts'

type Volume = Parameters<SinglePodVolumes['take']>[0]

const volume = (...accessModes: string[]) =>
  ({ metadata: { name: accessModes.join() }, spec: { accessModes } }) as unknown as Volume

test('SinglePodVolumes keeps a ReadWriteOncePod volume for one Pod, until that has none any more', () => {
  const volumes = new SinglePodVolumes()
  volumes.take(volume('ReadWriteOncePod'), 'a')
  volumes.take(volume('ReadWriteOncePod'), 'a')
  assert.throws(() => volumes.take(volume('ReadWriteOncePod'), 'b'), {
    message: 'volume uses the ReadWriteOncePod access mode and is already in use by another pod',
  })
  volumes.release('a')
  volumes.take(volume('ReadWriteOncePod'), 'b')
})

test('SinglePodVolumes keeps no volume for one Pod that has other access modes', () => {
  const volumes = new SinglePodVolumes()
  for (const each of [volume('ReadWriteOnce'), volume('ReadWriteOncePod', 'ReadWriteMany')])
    for (const pod of ['a', 'b']) volumes.take(each, pod)
})
