import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appArmorRefusal } from './app-armor.ts'
import { planned } from './testing.ts'

test('appArmorRefusal() has no Pod run without the profile that it asks for', () => {
  const profile = (type: string) => ({ securityContext: { appArmorProfile: { type } } })
  const ofPod = planned(['m'], { spec: profile('RuntimeDefault') })
  const ofContainer = planned([{ name: 'm', ...profile('Localhost') }])
  for (const pod of [ofPod, ofContainer]) {
    assert.deepEqual(appArmorRefusal(pod, false), {
      reason: 'AppArmor',
      message: 'Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host',
    })
    assert.equal(appArmorRefusal(pod, true), undefined)
  }
  const without = [planned(['m']), planned([{ name: 'm', ...profile('Unconfined') }])]
  for (const pod of without) assert.equal(appArmorRefusal(pod, false), undefined)
})
