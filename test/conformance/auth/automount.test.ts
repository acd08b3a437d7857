import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import { suite } from '../suite.node.ts'

interface PodSpec {
  readonly containers: readonly {
    readonly volumeMounts?: readonly { readonly mountPath: string }[]
  }[]
}

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'

describe('ServiceAccounts', () => {
  const api = suite({ nodes: 0 })

  conformance(
    '[sig-auth] ServiceAccounts should allow opting out of API token automount [Conformance]',
    async () => {
      const path = await api.namespace('automount')
      const accounts = { mount: true, nomount: false, default: undefined } as const
      for (const [name, automountServiceAccountToken] of Object.entries(accounts)) {
        const body = { metadata: { name }, automountServiceAccountToken }
        if (name !== 'default') await api.rest.post(`${path}/serviceaccounts`, body)
      }
      // What the Pod says counts more than what its account says, and the default is to mount.
      for (const [account, ofAccount] of Object.entries(accounts)) {
        for (const ofPod of [true, false, undefined]) {
          const isMounted = ofPod ?? ofAccount ?? true
          const { spec } = await api.rest.post(`${path}/pods`, {
            metadata: { name: `pod-${account}-${ofPod}` },
            spec: {
              containers: [{ name: 'c', image: 'i' }],
              restartPolicy: 'Never',
              serviceAccountName: account,
              automountServiceAccountToken: ofPod,
            },
          })
          const [container] = (spec as PodSpec).containers
          const paths = (container?.volumeMounts ?? []).map(({ mountPath }) => mountPath)
          assert.equal(paths.includes(TOKEN_PATH), isMounted, `${account}, ${ofPod}`)
        }
      }
    },
  )
})
