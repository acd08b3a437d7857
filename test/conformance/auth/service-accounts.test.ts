import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose'
import { ConfigMap } from '../../../src/api/core/v1/config-map.ts'
import { conformance } from '../conformance.ts'
import type { Wire } from '../rest.node.ts'
import { suite } from '../suite.node.ts'

interface TokenRequestWire extends Wire {
  readonly status: { readonly token: string; readonly expirationTimestamp: string }
}

interface ReviewWire extends Wire {
  readonly status: {
    readonly authenticated?: boolean
    readonly allowed?: boolean
    readonly audiences?: readonly string[]
    readonly user?: { readonly username?: string; readonly groups?: readonly string[] }
  }
}

describe('ServiceAccounts', () => {
  const app = suite({ nodes: 0 })

  async function tokenOf(path: string, name: string, spec: object = {}): Promise<string> {
    const request = await app.rest.post(`${path}/serviceaccounts/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [], ...spec },
    })
    return (request as TokenRequestWire).status.token
  }

  conformance(
    '[sig-auth] ServiceAccounts should run through the lifecycle of a ServiceAccount [Conformance]',
    async () => {
      const path = `${await app.namespace('lifecycle')}/serviceaccounts`
      const labels = { 'test-serviceaccount-static': 'true' }
      const selected = 'labelSelector=test-serviceaccount-static%3Dtrue'
      const { resourceVersion } = (await app.rest.get(path)).metadata
      using watch = await app.rest.watch(
        `${path}?watch=true&${selected}&resourceVersion=${resourceVersion}`,
      )
      await app.rest.post(path, { metadata: { name: 'testserviceaccount', labels } })
      assert.equal((await watch.next()).type, 'ADDED')
      const patched = await app.rest.patch(`${path}/testserviceaccount`, {
        automountServiceAccountToken: false,
      })
      assert.equal(patched['automountServiceAccountToken'], false)
      assert.equal((await watch.next()).type, 'MODIFIED')
      const { items = [] } = await app.rest.get(`/api/v1/serviceaccounts?${selected}`)
      assert.deepEqual(
        items.map((each) => each['automountServiceAccountToken']),
        [false],
      )
      await app.rest.delete(`${path}?${selected}`)
      assert.equal((await watch.next()).type, 'DELETED')
    },
  )

  conformance(
    '[sig-auth] ServiceAccounts should update a ServiceAccount [Conformance]',
    async () => {
      const path = `${await app.namespace('update')}/serviceaccounts`
      const made = await app.rest.post(path, { metadata: { name: 'e2e-sa' } })
      assert.equal(made['automountServiceAccountToken'], undefined)
      await app.rest.put(`${path}/e2e-sa`, { ...made, automountServiceAccountToken: true })
      assert.equal((await app.rest.get(`${path}/e2e-sa`))['automountServiceAccountToken'], true)
    },
  )

  conformance(
    '[sig-auth] ServiceAccounts should create a serviceAccountToken and ensure a successful TokenReview [Conformance]',
    async () => {
      const path = await app.namespace('review')
      await app.rest.post(`${path}/serviceaccounts`, { metadata: { name: 'e2e-sa' } })
      const token = await tokenOf(path, 'e2e-sa', { expirationSeconds: 3600 })
      const review = (await app.rest.post('/apis/authentication.k8s.io/v1/tokenreviews', {
        spec: { token },
      })) as ReviewWire
      const { authenticated, user } = review.status
      assert.equal(authenticated, true)
      assert.equal(user?.username, 'system:serviceaccount:review:e2e-sa')
      const groups = ['system:serviceaccounts', 'system:serviceaccounts:review']
      assert.deepEqual(user?.groups?.slice(0, 2), groups)
    },
  )

  conformance(
    '[sig-auth] ServiceAccounts ServiceAccountIssuerDiscovery should support OIDC discovery of service account issuer [Conformance]',
    async () => {
      const path = await app.namespace('discovery')
      await app.rest.post(`${path}/serviceaccounts`, { metadata: { name: 'e2e-sa' } })
      const token = await tokenOf(path, 'e2e-sa', { audiences: ['oidc-discovery-test'] })
      // What the agent in upstream's Pod does with its token: it knows nothing but where the API server is.
      const document = (await app.rest.get('/.well-known/openid-configuration')) as unknown as {
        readonly issuer: string
        readonly jwks_uri: string
        readonly id_token_signing_alg_values_supported: readonly string[]
      }
      const { pathname } = new URL(document.jwks_uri)
      const keys = (await app.rest.get(pathname)) as unknown as JSONWebKeySet
      const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
        issuer: document.issuer,
        audience: 'oidc-discovery-test',
        algorithms: [...document.id_token_signing_alg_values_supported],
      })
      assert.equal(payload.sub, 'system:serviceaccount:discovery:e2e-sa')
      const kids = keys.keys.map(({ kid }) => kid)
      assert.ok(kids.includes(decodeProtectedHeader(token).kid))
    },
  )
})

describe('SubjectReview', () => {
  const app = suite({ nodes: 0 })

  conformance(
    '[sig-auth] SubjectReview should support SubjectReview API operations [Conformance]',
    async () => {
      const path = await app.namespace('subject-review')
      const namespace = 'subject-review'
      await app.rest.post(`${path}/serviceaccounts`, { metadata: { name: 'e2e' } })
      const user = `system:serviceaccount:${namespace}:e2e`
      const group = '/apis/authorization.k8s.io/v1'
      const ask = async (verb: string): Promise<readonly (boolean | undefined)[]> => {
        const resourceAttributes = { namespace, verb, resource: 'configmaps', version: 'v1' }
        const spec = { resourceAttributes, user }
        const everywhere = await app.rest.post(`${group}/subjectaccessreviews`, { spec })
        const local = await app.rest.post(
          `${group}/namespaces/${namespace}/localsubjectaccessreviews`,
          { spec },
        )
        return [everywhere, local].map((each) => (each as ReviewWire).status.allowed)
      }
      const asAccount = app.cluster.clientFor({
        name: user,
        groups: [
          'system:serviceaccounts',
          `system:serviceaccounts:${namespace}`,
          'system:authenticated',
        ],
      })
      assert.deepEqual(await ask('list'), [false, false])
      await assert.rejects(asAccount.list(ConfigMap, { namespace }), /is forbidden/)

      const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`
      await app.rest.post(`${rbac}/rolebindings`, {
        metadata: { name: 'e2e' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [{ kind: 'ServiceAccount', name: 'e2e', namespace }],
      })
      await app.cluster.eventually(async () => (await ask('list')).every(Boolean))
      assert.deepEqual(await ask('create'), [false, false])
      await asAccount.list(ConfigMap, { namespace })
    },
  )
})
