import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { APIGroupDiscoveryList } from '../../api/apidiscovery/v2/api-group-discovery-list.ts'
import { APIResourceList } from '../../api/meta/v1/discovery.ts'
import { decodeMessage, unwrap } from '../../schema/protobuf.ts'
import { ask1, type Answer } from '../../serving/testing.node.ts'
import { factLines } from '../../../test/reference/facts.ts'
import { httpsTestServer } from '../http/testing.node.ts'
import type { Registry } from '../registry/registry.ts'
import { compareVersions } from './groups.ts'
import { discoveryRoutes } from './routes.ts'

/** All that upstream serves by default, in the form of the facts but for what objects are stored as. */
const SERVED = factLines('resources.txt').map((line) => {
  const words = line.split(' ').toSpliced(8, 1)
  return words.join(' ').replaceAll(/=[^ :]+\./g, '=')
})

/** The order of groups by upstream's priorities. */
const GROUPS = [
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'resource.k8s.io',
]

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const AGGREGATED_BETA = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList'
const PROTOBUF = 'application/vnd.kubernetes.protobuf'

type Get = (path: string, accept?: string, headers?: Record<string, string>) => Promise<Answer>

interface Started {
  readonly get: Get
  readonly port: number
  readonly registry: Registry
}

async function start(t: TestContext): Promise<Started> {
  const crypto = nodeCrypto()
  const api = await httpsTestServer(t, { routes: (registry) => discoveryRoutes(registry, crypto) })
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  const get: Get = (path, accept, headers) =>
    ask1(api.port, path, { headers: { ...(accept && { accept }), ...headers }, cert, key })
  return { get, port: api.port, registry: api.server.registry }
}

function jsonOf<T>({ status, body }: Answer): T {
  assert.equal(status, 200)
  return JSON.parse(body.toString()) as T
}

interface Resource {
  readonly name: string
  readonly singularName: string
  readonly namespaced: boolean
  readonly kind: string
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly storageVersionHash?: string
}

interface ResourceList {
  readonly apiVersion?: string
  readonly groupVersion: string
  readonly resources: readonly Resource[]
}

interface Discovered {
  readonly metadata: { readonly name?: string }
  readonly versions: readonly {
    readonly version: string
    readonly freshness: string
    readonly resources: readonly {
      readonly resource: string
      readonly singularResource: string
      readonly scope: string
      readonly responseKind: Kind
      readonly verbs: readonly string[]
      readonly shortNames?: readonly string[]
      readonly categories?: readonly string[]
      readonly subresources?: readonly {
        readonly subresource: string
        readonly responseKind: Kind
        readonly verbs: readonly string[]
      }[]
    }[]
  }[]
}

interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

function verbsText(verbs: readonly string[]): string {
  const letters = verbs.map((verb) => (verb === 'deletecollection' ? 'D' : verb.charAt(0)))
  return letters.toSorted().join('')
}

function listText(texts: readonly string[] = []): string {
  return texts.join(',') || '-'
}

function classicLines({ groupVersion, resources }: ResourceList): readonly string[] {
  const subresources = resources.filter(({ name }) => name.includes('/'))
  return resources.flatMap((each) => {
    if (each.name.includes('/')) return []
    const below = subresources
      .filter(({ name }) => name.startsWith(`${each.name}/`))
      .map(({ name, kind, verbs }) => `${name.split('/')[1]}=${kind}:${verbsText(verbs)}`)
    const { name, singularName, kind, namespaced, shortNames, categories, verbs } = each
    const scope = namespaced ? 'namespaced' : 'cluster'
    const words = [groupVersion, name, singularName, kind, scope, listText(shortNames)]
    return [[...words, listText(categories), verbsText(verbs), ...below].join(' ')]
  })
}

function aggregatedLines({ metadata, versions }: Discovered): readonly string[] {
  return versions.flatMap(({ version, resources, freshness }) => {
    assert.equal(freshness, 'Current')
    return resources.map((each) => {
      const below = (each.subresources ?? []).map(
        ({ subresource, responseKind, verbs }) =>
          `${subresource}=${responseKind.kind}:${verbsText(verbs)}`,
      )
      return [
        metadata.name === undefined ? version : `${metadata.name}/${version}`,
        each.resource,
        each.singularResource,
        each.responseKind.kind,
        each.scope === 'Namespaced' ? 'namespaced' : 'cluster',
        listText(each.shortNames),
        listText(each.categories),
        verbsText(each.verbs),
        ...below.toSorted(),
      ].join(' ')
    })
  })
}

test('classic discovery tells all that upstream serves', async (t) => {
  const { get } = await start(t)
  const { groups } = jsonOf<{ groups: { versions: { groupVersion: string }[] }[] }>(
    await get('/apis'),
  )
  const named = groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion))
  const paths = ['/api/v1', ...named.map((groupVersion) => `/apis/${groupVersion}`)]
  const lists = await Promise.all(paths.map(async (path) => jsonOf<ResourceList>(await get(path))))
  assert.deepEqual(lists.flatMap(classicLines).toSorted(), SERVED)
  assert.deepEqual(
    lists.map(({ apiVersion }) => apiVersion),
    [undefined, ...named.map(() => 'v1')],
  )
})

test('aggregated discovery tells the same in two documents, in both versions', async (t) => {
  const { get } = await start(t)
  for (const accept of [AGGREGATED, AGGREGATED_BETA]) {
    const answers = [await get('/api', accept), await get('/apis', accept)]
    for (const { headers } of answers) {
      assert.equal(headers['content-type'], accept)
      assert.equal(headers['vary'], 'Accept')
    }
    const groups = answers.flatMap((each) => jsonOf<{ items: Discovered[] }>(each).items)
    assert.deepEqual(groups.flatMap(aggregatedLines).toSorted(), SERVED)
    assert.deepEqual(
      groups.map(({ metadata }) => metadata.name),
      [undefined, ...GROUPS],
    )
  }
})

test('aggregated discovery names group and version of a kind where they differ', async (t) => {
  const { get } = await start(t)
  const { items } = jsonOf<{ items: Discovered[] }>(await get('/apis', AGGREGATED))
  const apps = items.find(({ metadata }) => metadata.name === 'apps')!
  const deployments = apps.versions[0]!.resources.find(
    ({ resource }) => resource === 'deployments',
  )!
  assert.deepEqual(deployments.responseKind, { group: '', version: '', kind: 'Deployment' })
  const scale = deployments.subresources!.find(({ subresource }) => subresource === 'scale')!
  assert.deepEqual(scale.responseKind, { group: 'autoscaling', version: 'v1', kind: 'Scale' })
})

test('groups and versions come in the order of preference', async (t) => {
  const { get } = await start(t)
  interface Group {
    readonly name: string
    readonly versions: readonly { readonly version: string }[]
    readonly preferredVersion: { readonly groupVersion: string; readonly version: string }
  }
  const { groups } = jsonOf<{ groups: Group[] }>(await get('/apis'))
  assert.deepEqual(
    groups.map(({ name }) => name),
    GROUPS,
  )
  const autoscaling = jsonOf<Group>(await get('/apis/autoscaling/'))
  assert.deepEqual(
    autoscaling.versions.map(({ version }) => version),
    ['v2', 'v1'],
  )
  assert.deepEqual(autoscaling.preferredVersion, { groupVersion: 'autoscaling/v2', version: 'v2' })
})

test('compareVersions() prefers stable versions, then newer ones', () => {
  const versions = ['v1', 'foo', 'v1alpha2', 'v10', 'v2', 'v1beta1', 'v1beta2', 'bar', 'v2beta1']
  assert.deepEqual(versions.toSorted(compareVersions), [
    'v10', 'v2', 'v1', 'v2beta1', 'v1beta2', 'v1beta1', 'v1alpha2', 'bar', 'foo',
  ]) // prettier-ignore
})

test('hashes tell what objects are stored as, and are those of upstream', async (t) => {
  const { get } = await start(t)
  const hashes = async (path: string): Promise<Record<string, string | undefined>> => {
    const { resources } = jsonOf<ResourceList>(await get(path))
    return Object.fromEntries(resources.map((each) => [each.name, each.storageVersionHash]))
  }
  const core = await hashes('/api/v1')
  assert.equal(core['pods'], 'xPOwRZ+Yhw8=')
  assert.equal(core['services'], '0/CO1lhkEBI=')
  for (const name of ['bindings', 'componentstatuses', 'pods/status']) {
    assert.equal(core[name], undefined)
  }
  assert.equal((await hashes('/apis/apps/v1'))['deployments'], '8aSe+NMegvE=')
  // Both groups keep events as those of the core group.
  assert.equal((await hashes('/apis/events.k8s.io/v1'))['events'], core['events'])
  assert.equal(core['events'], 'r2yiGXH7wu8=')
})

test('/api tells the address that the client came by', async (t) => {
  const { get, port } = await start(t)
  assert.deepEqual(jsonOf(await get('/api')), {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: `127.0.0.1:${port}` }],
  })
})

test('a client that has the document is told so', async (t) => {
  const { get } = await start(t)
  const first = await get('/apis', AGGREGATED)
  const etag = String(first.headers['etag'])
  assert.match(etag, /^"[0-9A-F]{128}"$/)
  const second = await get('/apis', AGGREGATED, { 'if-none-match': etag })
  assert.equal(second.status, 304)
  assert.equal(second.body.length, 0)
  assert.equal(second.headers['etag'], etag)
  assert.equal((await get('/apis', AGGREGATED_BETA, { 'if-none-match': etag })).status, 200)
})

test('the form that the client names first, and that there is, is given', async (t) => {
  const { get } = await start(t)
  const typeOf = async (path: string, accept?: string): Promise<string | undefined> =>
    (await get(path, accept)).headers['content-type']
  const unknown = 'application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList'
  assert.equal(await typeOf('/apis'), 'application/json')
  assert.equal(
    await typeOf('/apis', `${unknown},${AGGREGATED_BETA},application/json`),
    AGGREGATED_BETA,
  )
  assert.equal(await typeOf('/apis', `application/json;q=0.9,${AGGREGATED}`), AGGREGATED)
  assert.equal(await typeOf('/apis', `application/json,${AGGREGATED}`), 'application/json')
  assert.equal(await typeOf('/apis/apps', AGGREGATED), 'application/json')
  assert.equal(await typeOf('/apis', 'application/yaml'), 'application/yaml')
  assert.equal((await get('/apis', 'text/html')).status, 406)
  assert.equal((await get('/apis', unknown)).status, 406)
})

test('discovery speaks protobuf', async (t) => {
  const { get } = await start(t)
  const { body, headers } = await get('/api/v1', PROTOBUF)
  assert.equal(headers['content-type'], PROTOBUF)
  const { kind, apiVersion, raw } = unwrap(body)
  assert.deepEqual([kind, apiVersion], ['APIResourceList', 'v1'])
  const list = decodeMessage(APIResourceList, raw) as unknown as ResourceList
  const { resources } = jsonOf<ResourceList>(await get('/api/v1'))
  assert.deepEqual(
    list.resources.map(({ name }) => name),
    resources.map(({ name }) => name),
  )
  const wish = `${PROTOBUF};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`
  const all = decodeMessage(APIGroupDiscoveryList, unwrap((await get('/apis', wish)).body).raw)
  const { items } = all as unknown as { readonly items: readonly Discovered[] }
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    GROUPS,
  )
})

test('what is not there is a 404, with a Status below the paths of built-in groups', async (t) => {
  const { get } = await start(t)
  for (const path of ['/api/v2', '/apis/apps/v2', '/apis/none', '/apis/none/v1']) {
    const { status, headers } = await get(path)
    const type = path.includes('none') ? 'text/plain; charset=utf-8' : 'application/json'
    assert.deepEqual([status, headers['content-type']], [404, type], path)
  }
})

test('groups come and go while the server runs', async (t) => {
  const { get, registry } = await start(t)
  const names = async (): Promise<readonly (string | undefined)[]> => {
    const { items } = jsonOf<{ items: Discovered[] }>(await get('/apis', AGGREGATED))
    return items.map(({ metadata }) => metadata.name)
  }
  const batch = registry.all().filter(({ type }) => type.resource.group === 'batch')
  const { etag } = (await get('/apis', AGGREGATED)).headers
  for (const kind of batch) registry.remove(kind)
  assert.deepEqual(
    await names(),
    GROUPS.filter((name) => name !== 'batch'),
  )
  assert.equal((await get('/apis/batch/v1')).status, 404)
  assert.notEqual((await get('/apis', AGGREGATED)).headers['etag'], etag)
  for (const kind of batch) registry.add(kind)
  assert.deepEqual(await names(), GROUPS)
  assert.equal((await get('/apis', AGGREGATED)).headers['etag'], etag)
})
