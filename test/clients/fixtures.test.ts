import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { FIXTURES, skipFixtures as skip } from '../published-fixtures.ts'
import { startClientCluster, type ClientCluster } from './client-cluster.node.ts'

/** What is wrong with a file as it was published, or what it wants and the others do not bring, by path. */
const REFUSED: Readonly<Record<string, string>> = {
  'crs/prometheus-operator/user-guides/scrapeclass/scrapeclass-example-servicemonitor.yaml':
    'ServiceMonitor.monitoring.coreos.com "servicemonitor-example" is invalid: spec.selector: Required value',
  'docs-examples/application/job/job-tmpl.yaml':
    'Job.batch "process-item-$ITEM" is invalid: [metadata.name: Invalid value: "process-item-$ITEM": a lowercase RFC 1123 subdomain must',
  'docs-examples/dra/resourceclaim.yaml':
    'ResourceClaim in version "v1" cannot be handled as a ResourceClaim: strict decoding error: unknown field "spec.devices.requests[0].exactly.selectors[0].expression"',
  'docs-examples/pods/pod-projected-svc-token.yaml':
    'pods "nginx" is forbidden: error looking up service account default/build-robot: serviceaccount "build-robot" not found',
  'docs-examples/service/networking/dual-stack-ipv6-svc.yaml':
    'Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.ipFamily"',
  'docs-examples/service/networking/dual-stack-prefer-ipv6-lb-svc.yaml':
    'Service "my-service" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
  'kwok-examples/scheduling/pod-priority-and-preemption/high-priority-pod.yaml':
    'pods "high-priority-pod" is forbidden: no PriorityClass with name high-priority was found',
  'kwok-examples/scheduling/pod-priority-and-preemption/low-priority-pod.yaml':
    'pods "low-priority-pod" is forbidden: no PriorityClass with name low-priority was found',
}

/** Kinds that Kubernetes 1.36 does not serve by default, or whose definition is not among the manifests. */
const UNKNOWN_KINDS = new Set([
  'admissionregistration.k8s.io/v1alpha1 MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/v1alpha1 ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/v1beta1 ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/v1beta1 ValidatingAdmissionPolicyBinding',
  'kind.x-k8s.io/v1alpha4 Cluster',
  'networking.istio.io/v1alpha3 ServiceEntry',
  'networking.istio.io/v1alpha3 VirtualService',
  'policy/v1beta1 PodSecurityPolicy',
  'rules.example.com/v1 ReplicaLimit',
])

/** The groups of the definitions among the manifests. */
const CUSTOM_GROUPS =
  /^(?:gateway\.networking\.k8s\.io|monitoring\.coreos\.com|stable\.example\.com)\//

interface Fixture {
  readonly path: string
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string | undefined
  readonly name: string
}

function fixtures(): readonly Fixture[] {
  const [, ...lines] = readFileSync(join(FIXTURES, 'INDEX.tsv'), 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [path, , apiVersion, kind, namespace, name] = line.split('\t')
    return {
      path: path!,
      apiVersion: apiVersion!,
      kind: kind!,
      namespace: namespace === '-' ? undefined : namespace!,
      name: name!,
    }
  })
}

const isCustom = ({ apiVersion }: Fixture): boolean => CUSTOM_GROUPS.test(apiVersion)
const isUnknown = ({ apiVersion, kind }: Fixture): boolean =>
  UNKNOWN_KINDS.has(`${apiVersion} ${kind}`)

describe('published manifests', { skip }, () => {
  let client: ClientCluster
  before(async () => {
    client = await startClientCluster()
    const names = fixtures().flatMap(({ kind, name, namespace }) =>
      kind === 'Namespace' ? [name] : (namespace ?? []),
    )
    for (const name of new Set(names)) await client.cluster.apply(namespaceYaml(name))
  })
  after(() => client[Symbol.asyncDispose]())

  test('of built-in kinds are taken, or refused in the words of Kubernetes', async () => {
    const files = pathsOf(fixtures()).filter((path) => !customPaths().has(path))
    // As their authors say, definitions of this size are applied on the server.
    const definitions = files.filter((path) => definitionPaths().has(path))
    const others = files.filter((path) => !definitionPaths().has(path))
    const [onServer, onClient] = await Promise.all([
      apply(client, definitions, '--dry-run=server', '--server-side'),
      apply(client, others, '--dry-run=server'),
    ])
    assert.deepEqual(onServer.refused, new Map())
    const wanted = fixtures().filter(({ path }) => files.includes(path))
    assertRefused(onClient.refused, wanted)
    assert.equal(onServer.taken + onClient.taken, takenAmong(wanted))
  })

  test('of custom kinds are taken once their definitions are', async () => {
    const definitions = [...definitionPaths()]
    await client.kubectl(['apply', '--server-side', ...fileFlags(definitions)])
    const wait = ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=180s']
    const waited = await client.kubectl(wait)
    assert.equal(waited.code, 0, waited.stderr)
    const paths = [...customPaths()]
    const { taken, refused } = await apply(client, paths, '--dry-run=server')
    const wanted = fixtures().filter(({ path }) => paths.includes(path))
    assertRefused(refused, wanted)
    assert.equal(taken, takenAmong(wanted))
  })

  test('run: the guestbook comes up', async () => {
    const path = join(FIXTURES, 'apps/guestbook/all-in-one/guestbook-all-in-one.yaml')
    const created = await client.kubectl(['apply', '-f', path])
    assert.equal(created.stdout.match(/ created$/gm)?.length, 6, created.stderr)
    const wait = ['wait', '--for=condition=Available', 'deployment', '--all', '--timeout=180s']
    assert.equal((await client.kubectl(wait)).code, 0)
    const again = await client.kubectl(['apply', '-f', path])
    assert.equal(again.stdout.match(/ unchanged$/gm)?.length, 6, again.stdout)
  })
})

interface Applied {
  readonly taken: number
  /** What was said, by the path of the file. */
  readonly refused: ReadonlyMap<string, string>
}

async function apply(
  client: ClientCluster,
  paths: readonly string[],
  ...flags: readonly string[]
): Promise<Applied> {
  const { stdout, stderr } = await client.kubectl(['apply', ...flags, ...fileFlags(paths)])
  const said = stderr.matchAll(
    /(?:error when creating|resource mapping not found for name: "[^"]*" namespace: "[^"]*" from) "[^"]*\/fixtures\/([^"]*)": (.*)$/gm,
  )
  return {
    taken: stdout.match(/ \(server dry run\)$/gm)?.length ?? 0,
    refused: new Map([...said].map(([, path, what]) => [path!, what!])),
  }
}

/** Exactly what is known to be refused was, each for the reason that is known. */
function assertRefused(refused: ReadonlyMap<string, string>, among: readonly Fixture[]): void {
  const unknown = pathsOf(among.filter(isUnknown))
  const paths = pathsOf(among)
  const actual = [...refused].map(([path, what]) => {
    const expected = unknown.includes(path) ? 'no matches for kind' : REFUSED[path]
    return expected !== undefined && what.startsWith(expected) ? path : `${path}: ${what}`
  })
  const expected = [...unknown, ...Object.keys(REFUSED).filter((path) => paths.includes(path))]
  assert.deepEqual(actual.toSorted(), expected.toSorted())
}

/** How many objects the server takes. Those without a name never reach it. */
function takenAmong(all: readonly Fixture[]): number {
  const isRefused = ({ path }: Fixture): boolean => Object.hasOwn(REFUSED, path)
  return all.filter((each) => !isUnknown(each) && !isRefused(each) && each.name !== '-').length
}

function pathsOf(all: readonly Fixture[]): readonly string[] {
  return [...new Set(all.map(({ path }) => path))]
}

function customPaths(): ReadonlySet<string> {
  return new Set(pathsOf(fixtures().filter(isCustom)))
}

function fileFlags(paths: readonly string[]): readonly string[] {
  return paths.map((path) => `--filename=${join(FIXTURES, path)}`)
}

function definitionPaths(): ReadonlySet<string> {
  return new Set(pathsOf(fixtures().filter(({ kind }) => kind === 'CustomResourceDefinition')))
}

function namespaceYaml(name: string): string {
  return `{apiVersion: v1, kind: Namespace, metadata: {name: ${JSON.stringify(name)}}}`
}
