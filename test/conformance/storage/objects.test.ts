import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { ConfigMap } from '../../../src/api/core/v1/config-map.ts'
import { whyNoNodeCluster } from '../../kubelet/node-cluster.node.ts'
import { conformance } from '../conformance.ts'
import { isRunning, nodeSuite } from '../node/node-suite.node.ts'
import { configMaps, projected, secrets } from './api-source.ts'
import { filesOf, withVolumes } from './files-of-objects.ts'

const skip = await whyNoNodeCluster()
const ITEM = { key: 'data-2', path: 'path/to/data-2' }
const USER = { runAsUser: 1000 }

describe('volumes of ConfigMaps and Secrets', { skip, concurrency: 4 }, () => {
  const suite = nodeSuite()

  const binary = async (): Promise<void> => {
    const namespace = await suite().namespace('binary')
    const bytes = Uint8Array.of(0xde, 0xca, 0xfe, 0xba, 0xd0, 0xfe, 0xff)
    await suite().client.create(ConfigMap, {
      metadata: { namespace, name: 'o' },
      data: { 'data-1': 'value-1' },
      binaryData: { 'dump.bin': bytes.toBase64() },
    })
    const script = 'cat /v/data-1; echo; base64 /v/dump.bin'
    const pod = withVolumes('p', script, { v: configMaps.volume('o') })
    assert.equal(await suite().output(namespace, pod), `value-1\n${bytes.toBase64()}\n`)
  }

  const sameName = async (): Promise<void> => {
    const [here, there] = [await suite().namespace('here'), await suite().namespace('there')]
    const { client } = suite()
    await secrets.create(client, { namespace: there, name: 'o' }, { 'data-1': 'other' })
    await secrets.create(client, { namespace: here, name: 'o' }, { 'data-1': 'own' })
    const pod = withVolumes('p', 'cat /v/data-1', { v: secrets.volume('o') })
    assert.equal(await suite().output(here, pod), 'own\n')
  }

  describe('ConfigMap', { concurrency: 8 }, () => {
    const files = filesOf(suite, configMaps, 'config-map')

    conformance(
      '[sig-storage] ConfigMap binary data should be reflected in volume [Conformance] [NodeConformance]',
      binary,
    )
    conformance(
      '[sig-storage] ConfigMap optional updates should be reflected in volume [Conformance] [NodeConformance]',
      files.optional,
    )
    conformance(
      '[sig-storage] ConfigMap should be consumable from pods in volume [Conformance] [NodeConformance]',
      files.consumed('plain'),
    )
    conformance(
      '[sig-storage] ConfigMap should be consumable from pods in volume as non-root [Conformance] [NodeConformance]',
      files.consumed('user', { securityContext: USER }),
    )
    conformance(
      '[sig-storage] ConfigMap should be consumable from pods in volume with defaultMode set [LinuxOnly] [Conformance] [NodeConformance]',
      files.consumed('mode', { defaultMode: 0o400, mode: '400' }),
    )
    conformance(
      '[sig-storage] ConfigMap should be consumable from pods in volume with mappings [Conformance] [NodeConformance]',
      files.consumed('mapped', { items: [ITEM] }),
    )
    conformance(
      '[sig-storage] ConfigMap should be consumable from pods in volume with mappings and Item mode set [LinuxOnly] [Conformance] [NodeConformance]',
      files.consumed('item-mode', { items: [{ ...ITEM, mode: 0o400 }], mode: '400' }),
    )
    conformance(
      '[sig-storage] ConfigMap should be consumable from pods in volume with mappings as non-root [Conformance] [NodeConformance]',
      files.consumed('mapped-user', { items: [ITEM], securityContext: USER }),
    )
    conformance(
      '[sig-storage] ConfigMap should be consumable in multiple volumes in the same pod [Conformance] [NodeConformance]',
      files.inTwoVolumes,
    )
    conformance(
      '[sig-storage] ConfigMap updates should be reflected in volume [Conformance] [NodeConformance]',
      files.updated,
    )
  })

  describe('Projected configMap', { concurrency: 8 }, () => {
    const files = filesOf(suite, projected(configMaps), 'projected-config-map')

    conformance(
      '[sig-storage] Projected configMap optional updates should be reflected in volume [Conformance] [NodeConformance]',
      files.optional,
    )
    conformance(
      '[sig-storage] Projected configMap should be consumable from pods in volume [Conformance] [NodeConformance]',
      files.consumed('plain'),
    )
    conformance(
      '[sig-storage] Projected configMap should be consumable from pods in volume as non-root [Conformance] [NodeConformance]',
      files.consumed('user', { securityContext: USER }),
    )
    conformance(
      '[sig-storage] Projected configMap should be consumable from pods in volume with defaultMode set [LinuxOnly] [Conformance] [NodeConformance]',
      files.consumed('mode', { defaultMode: 0o400, mode: '400' }),
    )
    conformance(
      '[sig-storage] Projected configMap should be consumable from pods in volume with mappings [Conformance] [NodeConformance]',
      files.consumed('mapped', { items: [ITEM] }),
    )
    conformance(
      '[sig-storage] Projected configMap should be consumable from pods in volume with mappings and Item mode set [LinuxOnly] [Conformance] [NodeConformance]',
      files.consumed('item-mode', { items: [{ ...ITEM, mode: 0o400 }], mode: '400' }),
    )
    conformance(
      '[sig-storage] Projected configMap should be consumable from pods in volume with mappings as non-root [Conformance] [NodeConformance]',
      files.consumed('mapped-user', { items: [ITEM], securityContext: USER }),
    )
    conformance(
      '[sig-storage] Projected configMap should be consumable in multiple volumes in the same pod [Conformance] [NodeConformance]',
      files.inTwoVolumes,
    )
    conformance(
      '[sig-storage] Projected configMap updates should be reflected in volume [Conformance] [NodeConformance]',
      files.updated,
    )
  })

  describe('Secrets', { concurrency: 8 }, () => {
    const files = filesOf(suite, secrets, 'secret')

    conformance(
      '[sig-storage] Secrets optional updates should be reflected in volume [Conformance] [NodeConformance]',
      files.optional,
    )
    conformance(
      '[sig-storage] Secrets should be able to mount in a volume regardless of a different secret existing with same name in different namespace [Conformance] [NodeConformance]',
      sameName,
    )
    conformance(
      '[sig-storage] Secrets should be consumable from pods in volume [Conformance] [NodeConformance]',
      files.consumed('plain'),
    )
    conformance(
      '[sig-storage] Secrets should be consumable from pods in volume as non-root with defaultMode and fsGroup set [LinuxOnly] [Conformance] [NodeConformance]',
      files.consumed('fs-group', {
        defaultMode: 0o440,
        mode: '440',
        securityContext: { runAsUser: 1000, fsGroup: 1001 },
      }),
    )
    conformance(
      '[sig-storage] Secrets should be consumable from pods in volume with defaultMode set [LinuxOnly] [Conformance] [NodeConformance]',
      files.consumed('mode', { defaultMode: 0o400, mode: '400' }),
    )
    conformance(
      '[sig-storage] Secrets should be consumable from pods in volume with mappings [Conformance] [NodeConformance]',
      files.consumed('mapped', { items: [ITEM] }),
    )
    conformance(
      '[sig-storage] Secrets should be consumable from pods in volume with mappings and Item Mode set [LinuxOnly] [Conformance] [NodeConformance]',
      files.consumed('item-mode', { items: [{ ...ITEM, mode: 0o400 }], mode: '400' }),
    )
    conformance(
      '[sig-storage] Secrets should be consumable in multiple volumes in a pod [Conformance] [NodeConformance]',
      files.inTwoVolumes,
    )
  })

  describe('Projected secret', { concurrency: 8 }, () => {
    const files = filesOf(suite, projected(secrets), 'projected-secret')

    conformance(
      '[sig-storage] Projected secret optional updates should be reflected in volume [Conformance] [NodeConformance]',
      files.optional,
    )
    conformance(
      '[sig-storage] Projected secret should be consumable from pods in volume [Conformance] [NodeConformance]',
      files.consumed('plain'),
    )
    conformance(
      '[sig-storage] Projected secret should be consumable from pods in volume as non-root with defaultMode and fsGroup set [LinuxOnly] [Conformance] [NodeConformance]',
      files.consumed('fs-group', {
        defaultMode: 0o440,
        mode: '440',
        securityContext: { runAsUser: 1000, fsGroup: 1001 },
      }),
    )
    conformance(
      '[sig-storage] Projected secret should be consumable from pods in volume with defaultMode set [LinuxOnly] [Conformance] [NodeConformance]',
      files.consumed('mode', { defaultMode: 0o400, mode: '400' }),
    )
    conformance(
      '[sig-storage] Projected secret should be consumable from pods in volume with mappings [Conformance] [NodeConformance]',
      files.consumed('mapped', { items: [ITEM] }),
    )
    conformance(
      '[sig-storage] Projected secret should be consumable from pods in volume with mappings and Item Mode set [LinuxOnly] [Conformance] [NodeConformance]',
      files.consumed('item-mode', { items: [{ ...ITEM, mode: 0o400 }], mode: '400' }),
    )
    conformance(
      '[sig-storage] Projected secret should be consumable in multiple volumes in a pod [Conformance] [NodeConformance]',
      files.inTwoVolumes,
    )
  })

  conformance(
    '[sig-storage] Projected combined should project all components that make up the projection API [Projection] [Conformance] [NodeConformance]',
    async () => {
      const namespace = await suite().namespace('combined')
      const { client } = suite()
      await configMaps.create(client, { namespace, name: 'c' }, { configmap: 'from the map' })
      await secrets.create(client, { namespace, name: 's' }, { secret: 'from the secret' })
      const fieldRef = { fieldPath: 'metadata.name' }
      const sources = [
        { configMap: { name: 'c' } },
        { secret: { name: 's' } },
        { downwardAPI: { items: [{ path: 'podname', fieldRef }] } },
      ]
      const script = 'for f in podname secret configmap; do cat /all/$f; echo; done'
      const pod = withVolumes('p', script, { all: { projected: { sources } } })
      assert.equal(await suite().output(namespace, pod), 'p\nfrom the secret\nfrom the map\n')
    },
  )

  describe('many at once', () => {
    conformance(
      '[sig-storage] EmptyDir wrapper volumes should not conflict [Conformance]',
      async () => {
        const namespace = await suite().namespace('wrappers')
        const { client } = suite()
        await configMaps.create(client, { namespace, name: 'o' }, { key: 'map' })
        await secrets.create(client, { namespace, name: 'o' }, { key: 'secret' })
        const volumes = { map: configMaps.volume('o'), secret: secrets.volume('o') }
        const pod = withVolumes('p', 'cat /map/key /secret/key', volumes)
        assert.equal(await suite().output(namespace, pod), 'mapsecret\n')
      },
    )

    conformance(
      '[sig-storage] EmptyDir wrapper volumes should not cause race condition when used for configmaps [Conformance] [Serial]',
      async () => {
        const namespace = await suite().namespace('wrapper-race')
        const names = Array.from({ length: 50 }, (_, i) => `racey-${i}`)
        for (const name of names)
          await configMaps.create(suite().client, { namespace, name }, { 'data-1': 'value-1' })
        const volumes = Object.fromEntries(names.map((each) => [each, configMaps.volume(each)]))
        const pods = await Promise.all(
          ['a', 'b', 'c', 'd', 'e'].map((name) =>
            suite().run(namespace, withVolumes(name, 'sleep 1000', volumes)),
          ),
        )
        await Promise.all(pods.map((pod) => suite().until(pod, isRunning)))
      },
    )
  })
})
